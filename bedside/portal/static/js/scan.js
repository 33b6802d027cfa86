// The desk's scan page: where the browser reads codes from a camera, a button for it. What it reads goes into the field
// and is looked up, as if it had been typed. Nothing of the picture leaves the page.
const form = document.getElementById("scan-form");
const button = document.getElementById("scan-camera");
const view = document.getElementById("scan-view");
const video = document.getElementById("scan-video");
const said = document.getElementById("scan-said");
const EVERY = 200; // ms

async function reads() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
  return (await window.BarcodeDetector.getSupportedFormats()).includes("qr_code");
}

let stream = null;

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  view.hidden = true;
  button.setAttribute("aria-pressed", "false");
}

async function look(detector) {
  if (!stream) return;
  try {
    const [found] = await detector.detect(video);
    if (found?.rawValue) {
      form.elements.code.value = found.rawValue.trim().slice(0, 60);
      stop();
      form.requestSubmit();
      return;
    }
  } catch {
    // a frame that was not ready: the next one is
  }
  setTimeout(look, EVERY, detector);
}

async function start() {
  view.hidden = false;
  said.textContent = "Hold the code before the camera.";
  button.setAttribute("aria-pressed", "true");
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
  } catch {
    said.textContent = "The camera cannot be used. Type the code instead.";
    button.setAttribute("aria-pressed", "false");
    return;
  }
  look(new window.BarcodeDetector({ formats: ["qr_code"] }));
}

if (form && (await reads().catch(() => false))) {
  button.hidden = false;
  button.addEventListener("click", () => (stream ? stop() : start()));
  addEventListener("pagehide", stop);
}
