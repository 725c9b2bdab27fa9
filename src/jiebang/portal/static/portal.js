// What only a script can do: a clock that runs down beside the code. Every page is whole without it.
"use strict";

document.querySelectorAll(".countdown").forEach((line) => {
  // From when the page was loaded, as the clock of the holder's own machine may be wrong.
  const until = performance.now() + Number(line.dataset.seconds) * 1000;
  const left = line.querySelector(".left");
  const tell = () => {
    const seconds = Math.max(0, Math.round((until - performance.now()) / 1000));
    left.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    line.hidden = seconds === 0;
    if (seconds > 0) setTimeout(tell, 1000);
  };
  tell();
});
