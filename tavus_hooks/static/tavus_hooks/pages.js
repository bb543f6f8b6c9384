/* What pages can do beyond links and forms. Without it they say the same: it only plays streams that
   the browser does not know by itself, and copies. */

"use strict";

(() => {
  const HLS = "application/vnd.apple.mpegurl";
  const scripts = new Map();

  /* Load a script of the site once. */
  function load(url) {
    if (!scripts.has(url)) {
      scripts.set(url, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = url;
        script.addEventListener("load", resolve);
        script.addEventListener("error", reject);
        document.head.append(script);
      }));
    }
    return scripts.get(url);
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

  function copier(button) {
    const label = button.textContent;
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.tavusCopy);
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }

  document.querySelectorAll("[data-tavus-player]").forEach(player);
  document.querySelectorAll("[data-tavus-copy]").forEach(copier);
})();
