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

  /* A player begins as a button, so that nothing is loaded before someone wants to see it. */
  function player(box) {
    const video = box.querySelector("video");
    const button = box.querySelector(".tavus-play");
    const unplayable = box.querySelector(".tavus-unplayable");
    const url = (type) => video.querySelector(`source[type="${type}"]`)?.src;
    const stream = url(HLS);
    const file = url("video/mp4");

    function giveUp() {
      video.hidden = true;
      unplayable.hidden = false;
    }

    function playFrom(address) {
      video.src = address;
      video.addEventListener("error", giveUp, { once: true });
      video.play().catch(() => {});  // an error of the address is told above
    }

    async function playStream() {
      await load(box.dataset.hls);
      if (!window.Hls.isSupported()) throw new Error("No HLS here");
      const hls = new window.Hls({ workerPath: box.dataset.hlsWorker });
      hls.on(window.Hls.Events.ERROR, (_event, error) => {
        if (!error.fatal) return;
        hls.destroy();
        if (file) playFrom(file); else giveUp();
      });
      hls.on(window.Hls.Events.MANIFEST_PARSED, () => { video.play().catch(() => {}); });
      hls.loadSource(stream);
      hls.attachMedia(video);
    }

    async function start() {
      button.hidden = true;
      video.controls = true;
      video.focus();
      video.replaceChildren();
      if (stream && video.canPlayType(HLS)) return playFrom(stream);
      try {
        if (stream) return await playStream();
      } catch {
        // The file will do.
      }
      return file ? playFrom(file) : giveUp();
    }

    video.controls = false;
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
