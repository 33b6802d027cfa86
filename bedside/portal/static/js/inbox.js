// The inbox: the newest line in view, and Ctrl-Enter sends.
const lines = () => document.getElementById("thread-lines");
let count = 0;

function follow(always) {
  const box = lines();
  if (!box) return;
  const grown = box.childElementCount !== count;
  count = box.childElementCount;
  if (always || grown) box.scrollTop = box.scrollHeight;
}

document.body.addEventListener("htmx:after:swap", () => follow(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "thread-words") {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
follow(true);
