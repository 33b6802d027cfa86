// The pictures that mail shows: chosen from those there are, or added by choosing or dropping a file, with what each says to
// those who do not see it.
const dialog = document.getElementById("builder-pictures");
const list = document.getElementById("pictures-list");
const told = document.getElementById("pictures-told");
const file = document.getElementById("pictures-file");
const words = document.getElementById("pictures-words");
const token = document.querySelector("meta[name=csrf-token]").content;
const headers = { accept: "application/json", "x-csrftoken": token };
let take = () => {};

async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: { ...headers, ...options.headers } }).catch(() => null);
  if (answer?.ok) return answer.status === 204 ? {} : answer.json();
  const problem = await answer?.json().catch(() => null);
  told.textContent = [problem?.detail ?? "It could not be reached. Try again.", problem?.nextStep].filter(Boolean).join(" ");
  return null;
}

function make(tag, facts, ...inside) {
  const made = Object.assign(document.createElement(tag), facts);
  made.append(...inside);
  return made;
}

function card(one) {
  const picture = make("img", { src: one.path, alt: "", loading: "lazy" });
  const choose = make("button", { type: "button", className: "picture-choose" }, picture, make("span", { textContent: one.words || one.name }));
  choose.setAttribute("aria-label", `Take ${one.words || one.name}`);
  choose.addEventListener("click", () => { take(one); dialog.close(); });
  const remove = make("button", { type: "button", className: "btn btn-sm btn-plain", textContent: "Remove" });
  remove.setAttribute("aria-label", `Remove ${one.words || one.name}`);
  remove.addEventListener("click", async () => {
    if (!remove.dataset.sure) {
      remove.dataset.sure = "yes";
      remove.textContent = "Really? Mails that were sent lose it.";
      return;
    }
    told.textContent = "";
    if (await ask(`/api/pictures/${one.id}`, { method: "DELETE" })) await load();
  });
  return make("li", { className: "picture-card" }, choose, make("span", { className: "picture-size", textContent: `${one.wide} × ${one.high}, ${Math.ceil(one.size / 1000)} kB` }), remove);
}

async function load() {
  const found = await ask("/api/pictures?limit=100");
  if (found) list.replaceChildren(...found.items.map(card));
  document.getElementById("pictures-none").hidden = Boolean(list.children.length);
}

async function add(chosen) {
  told.textContent = "";
  if (!words.value.trim()) {
    told.textContent = "Say first what the picture shows: some hear their mail read, and many mail programs hide pictures.";
    words.focus();
    return;
  }
  const form = new FormData();
  form.append("picture", chosen);
  form.append("words", words.value.trim());
  const made = await ask("/api/pictures", { method: "POST", body: form });
  if (!made) return;
  words.value = file.value = "";
  take(made.words ? made : { ...made, words: made.name });
  dialog.close();
}

file.addEventListener("change", () => { if (file.files[0]) add(file.files[0]); });
words.addEventListener("change", () => { if (file.files[0]) add(file.files[0]); });
dialog.addEventListener("dragover", (event) => { event.preventDefault(); dialog.classList.add("dropping"); });
dialog.addEventListener("dragleave", () => dialog.classList.remove("dropping"));
dialog.addEventListener("drop", (event) => {
  event.preventDefault();
  dialog.classList.remove("dropping");
  const transfer = new DataTransfer();
  if (!event.dataTransfer.files[0]) return;
  transfer.items.add(event.dataTransfer.files[0]);
  file.files = transfer.files;
  add(file.files[0]);
});

// opens the pictures; `taken` is called with the one chosen
export function choosePicture(taken) {
  take = taken;
  told.textContent = "";
  dialog.showModal();
  load();
}
