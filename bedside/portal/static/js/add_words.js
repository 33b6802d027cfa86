// A button that adds words to the end of a field: <button data-add="Reply STOP to end." data-add-to="field-body">; with
// data-add-again the field's form is asked once more, where what it shows would else be sent without them.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add]");
  const field = button && document.getElementById(button.dataset.addTo);
  if (!field) return;
  field.value = `${field.value.trimEnd()} ${button.dataset.add}`.trimStart();
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  if ("addAgain" in button.dataset) field.form.requestSubmit();
  button.closest(".stop-hint")?.remove();
});
