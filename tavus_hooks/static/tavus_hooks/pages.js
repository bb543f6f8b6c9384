/* What pages can do beyond links and forms. Without it they say the same: it only plays streams that
   the browser does not know by itself, and copies. */

"use strict";

(() => {
  const HLS = "application/vnd.apple.mpegurl";

  /* Load a script of the site. */
  function load(src) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src });
      script.addEventListener("load", resolve);
      script.addEventListener("error", reject);
      document.head.append(script);
    });
  }

  /* A player begins as a button, so that nothing is loaded before a reader wants to see it. */
  function player(box) {
    const { stream, file, hls: hlsUrl, hlsWorker: workerPath } = box.dataset;
    const video = box.querySelector("video");
    const button = box.querySelector(".tavus-play");

    function giveUp() {
      video.hidden = true;
      box.querySelector(".tavus-unplayable").hidden = false;
    }

    function playFrom(address, otherwise) {
      video.addEventListener("error", otherwise, { once: true });
      video.src = address;
      video.play().catch(() => {});  // an error of the address is told by the event
    }

    function playFile() {
      if (file) playFrom(file, giveUp); else giveUp();
    }

    async function playStream() {
      await load(hlsUrl);
      if (!window.Hls.isSupported()) return playFile();
      const hls = new window.Hls({ workerPath });
      hls.on(window.Hls.Events.ERROR, (_event, error) => {
        if (!error.fatal) return;
        hls.destroy();
        playFile();
      });
      hls.on(window.Hls.Events.MANIFEST_PARSED, () => { video.play().catch(() => {}); });
      hls.loadSource(stream);
      hls.attachMedia(video);
    }

    function start() {
      button.hidden = true;
      video.hidden = false;
      video.focus();
      if (!stream) playFile();
      else if (video.canPlayType(HLS)) playFrom(stream, playFile);
      else playStream().catch(playFile);
    }

    button.hidden = false;
    button.addEventListener("click", start);
  }

  /* In the admin, whose script has no translations, it is English. */
  const { copy = "Copy", copied = "Copied" } = document.currentScript.dataset;

  function copier(button, text) {
    const { textContent, ariaLabel } = button;
    button.hidden = !navigator.clipboard;  // which there is on secure pages alone
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(text);
      Object.assign(button, { textContent: copied, ariaLabel: copied });
      setTimeout(() => Object.assign(button, { textContent, ariaLabel }), 2000);
    });
  }

  /* Behind each id and address among the facts of a row. */
  function copyable(value) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tavus-copy tavus-copy-value";
    button.textContent = copy;
    button.ariaLabel = `${copy}: ${value.textContent}`;
    copier(button, value.textContent);
    value.after(" ", button);
  }

  document.querySelectorAll("[data-tavus-player]").forEach(player);
  document.querySelectorAll("[data-tavus-copy]").forEach((it) => copier(it, it.dataset.tavusCopy));
  document.querySelectorAll(".tavus-facts dd > :is(code, .tavus-any)").forEach(copyable);
})();
