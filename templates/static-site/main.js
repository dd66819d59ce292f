import { daytime } from "./daytime.js";

function tick() {
  const now = new Date();
  document.querySelector("#now").textContent = now.toLocaleTimeString();
  document.querySelector("#daytime").textContent = daytime(now.getHours());
}

tick();
setInterval(tick, 1000);
