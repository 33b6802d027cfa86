// A template's editor: the mail is drawn in a frame of its own, by posting the same fields to it.
const editor = document.querySelector("[data-editor]");
const frame = document.querySelector(".mail-frame");
let timer = null;

function draw() {
  const form = document.createElement("form");
  form.method = "post";
  form.action = `${editor.dataset.editor}/mail`;
  form.target = "mail-frame";
  form.hidden = true;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  for (const [name, value] of [...new FormData(editor), ["_csrf_token", token]]) {
    const field = document.createElement("textarea");
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
  form.remove();
}

if (editor && frame) {
  editor.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(draw, 500);
  });
  draw();
}
