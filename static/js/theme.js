// Sets the theme before the first paint: the person's own choice, else the system's.
(function () {
  "use strict";
  var KEY = "portal-theme";
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return window.localStorage.getItem(KEY);
    } catch (_) {
      return null; // storage may be switched off; the system's choice holds then
    }
  }

  function apply() {
    var theme = chosen() || (system.matches ? "dark" : "light");
    document.documentElement.setAttribute("data-bs-theme", theme);
    var meta = document.querySelector('meta[name="theme-color"]');
    if (meta) meta.setAttribute("content", theme === "dark" ? "#10151c" : "#f6f7f9");
  }

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("storage", apply);

  document.addEventListener("click", function (event) {
    if (!event.target.closest("[data-theme-toggle]")) return;
    var next = document.documentElement.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    try {
      window.localStorage.setItem(KEY, next === (system.matches ? "dark" : "light") ? "" : next);
    } catch (_) {
      // not remembered, but applied
    }
    document.documentElement.setAttribute("data-bs-theme", next);
  });
})();
