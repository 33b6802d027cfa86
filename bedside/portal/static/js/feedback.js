// The survey form's questions show only where they are asked: each condition is on the stars or on an earlier question.
// Without this script all of them show, and the server leaves out what was not asked.
const form = document.querySelector(".rate-form");

const answered = (name) => {
  const field = form.elements[name === "rating" ? "rating" : `answer_${name}`];
  const hidden = name !== "rating" && form.querySelector(`[data-question="${CSS.escape(name)}"]`)?.hidden;
  return hidden ? "" : (field?.value ?? "");
};

function holds(condition) {
  const given = answered(condition.question);
  if (given === "") return false;
  if ("is" in condition) {
    const wanted = typeof condition.is === "boolean" ? (condition.is ? "yes" : "no") : String(condition.is);
    return given === wanted;
  }
  const number = Number(given);
  return number >= (condition.atLeast ?? -Infinity) && number <= (condition.atMost ?? Infinity);
}

function show() {
  for (const question of form.querySelectorAll("[data-condition]")) {
    question.hidden = !holds(JSON.parse(question.dataset.condition));
  }
}

if (form) {
  form.classList.add("guided");
  form.addEventListener("change", show);
  show();
}
