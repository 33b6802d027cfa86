// The steps of a journey as a tree of plain objects, as the server keeps them: found, named, moved. Nothing here touches
// the page. A list of steps is named by the step it belongs to ("" for the journey's own) and its slot there: "steps",
// "yes", "no", "parts/0/steps".
export const KINDS = {
  send: { label: "Send", name: "Message", letter: "s", icon: "send", tone: "teal", fresh: () => ({ message: "" }) },
  wait: { label: "Wait", name: "Wait", letter: "w", icon: "hourglass", tone: "amber", fresh: () => ({ days: 2 }) },
  if: { label: "If", name: "Question", letter: "q", icon: "help", tone: "blue", fresh: () => ({ asks: "booked", withinHours: 48, yes: [], no: [] }) },
  split: { label: "Split", name: "Split", letter: "x", icon: "percentage", tone: "violet", fresh: () => ({ parts: [{ share: 50, steps: [] }, { share: 50, steps: [] }] }) },
  go_to: { label: "Go back", name: "Way back", letter: "g", icon: "repeat", tone: "neutral", fresh: () => ({ times: 1 }) },
  end: { label: "End", name: "End", letter: "e", icon: "flag", tone: "neutral", fresh: () => ({}) },
};

export function branches(step) {
  if (step.kind === "if") return [{ slot: "yes", words: "Yes", steps: (step.yes ??= []) }, { slot: "no", words: "No", steps: (step.no ??= []) }];
  if (step.kind === "split") return step.parts.map((part, n) => ({ slot: `parts/${n}/steps`, words: `Part ${n + 1}`, steps: (part.steps ??= []) }));
  return [];
}

// Every step with where it stands, in the order in which they are read.
export function* places(steps, owner = "", slot = "steps", pointer = "/steps") {
  for (const [index, step] of steps.entries()) {
    const at = `${pointer}/${index}`;
    yield { step, list: steps, index, owner, slot, pointer: at };
    for (const branch of branches(step)) yield* places(branch.steps, step.id, branch.slot, `${at}/${branch.slot}`);
  }
}

export const find = (steps, id) => [...places(steps)].find((place) => place.step.id === id);
export const within = (step, id) => step.id === id || [...places([step])].some((place) => place.step.id === id);
export const listOf = (steps, owner, slot) => (owner ? branches(find(steps, owner).step).find((branch) => branch.slot === slot).steps : steps);

// "Message 2", "Question 1": what a step is called on the page.
export function names(steps) {
  const seen = {};
  const found = new Map();
  for (const { step } of places(steps)) {
    seen[step.kind] = (seen[step.kind] ?? 0) + 1;
    found.set(step.id, `${KINDS[step.kind].name} ${seen[step.kind]}`);
  }
  return found;
}

export function fresh(steps, kind) {
  const taken = new Set([...places(steps)].map((place) => place.step.id));
  let n = 1;
  while (taken.has(`${KINDS[kind].letter}${n}`)) n += 1;
  return { id: `${KINDS[kind].letter}${n}`, kind, ...KINDS[kind].fresh() };
}

// To the place `index` of that list, counted without the step itself. False where it would stand within itself.
export function move(steps, id, owner, slot, index) {
  const from = find(steps, id);
  if (owner && within(from.step, owner)) return false;
  const into = listOf(steps, owner, slot);
  from.list.splice(from.index, 1);
  into.splice(Math.min(index, into.length), 0, from.step);
  return true;
}

// Where one up or down is: past a neighbour, or out of a branch, before or after what branches. Null at either end.
export function beside(steps, id, by) {
  const at = find(steps, id);
  const index = at.index + by;
  if (index >= 0 && index < at.list.length) return { owner: at.owner, slot: at.slot, index };
  if (!at.owner) return null;
  const around = find(steps, at.owner);
  return { owner: around.owner, slot: around.slot, index: around.index + (by > 0 ? 1 : 0) };
}

export function remove(steps, id) {
  const at = find(steps, id);
  at.list.splice(at.index, 1);
  const gone = new Set([...places([at.step])].map((place) => place.step.id));
  for (const { step } of places(steps)) for (const name of ["of", "to"]) if (gone.has(step[name])) delete step[name];
}

// Which step a JSON pointer is about, and what of it: "/steps/0/yes/1/days" is ["w1", "days"].
export function pointed(steps, pointer) {
  let best = { id: "", rest: pointer.replace(/^\/steps\/?/, "") };
  let longest = 0;
  for (const { step, pointer: at } of places(steps)) {
    if ((pointer === at || pointer.startsWith(`${at}/`)) && at.length > longest) {
      longest = at.length;
      best = { id: step.id, rest: pointer.slice(at.length + 1).replace(/_(\w)/g, (_, letter) => letter.toUpperCase()) };
    }
  }
  return best;
}
