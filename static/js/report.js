// The sections of a report: opened all at once, by a link to one, and before printing. Without it they open one by one.
(function () {
  "use strict";

  var folds = Array.prototype.slice.call(document.querySelectorAll(".report-fold"));
  var buttons = document.querySelector(".report-folds");
  var before = [];

  function openAll(isOpen) {
    folds.forEach(function (fold) {
      fold.open = isOpen;
    });
  }

  function openNamed() {
    var named = document.getElementById(window.location.hash.slice(1));
    if (!named || !named.matches(".report-fold")) return;
    named.open = true;
    named.scrollIntoView();
  }

  if (!folds.length || !buttons) return;
  buttons.hidden = false;
  buttons.addEventListener("click", function (event) {
    var button = event.target.closest("[data-report-fold]");
    if (button) openAll(button.dataset.reportFold === "open");
  });
  document.querySelector(".report-contents").addEventListener("click", function (event) {
    var link = event.target.closest("a");
    if (link && link.hash === window.location.hash) openNamed(); // the address does not change a second time
  });
  window.addEventListener("hashchange", openNamed);
  window.addEventListener("beforeprint", function () {
    before = folds.map(function (fold) {
      return fold.open;
    });
    openAll(true);
  });
  window.addEventListener("afterprint", function () {
    folds.forEach(function (fold, place) {
      fold.open = before[place];
    });
  });
  openNamed();
})();
