// Fold and unfold lines of a tree drawn as a table. Without this script every line is there.
(function () {
  "use strict";

  function lines(tree) {
    return Array.from(tree.querySelectorAll("tr[data-key]"));
  }

  // A line shows when every line above it is unfolded.
  function refresh(tree) {
    var open = {};
    lines(tree).forEach(function (line) {
      var parent = line.dataset.parent;
      var shows = parent === "" || open[parent] === true;
      line.hidden = !shows;
      open[line.dataset.key] = shows && line.getAttribute("aria-expanded") === "true";
    });
  }

  function fold(line, isOpen) {
    if (line.hasAttribute("aria-expanded")) line.setAttribute("aria-expanded", String(isOpen));
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-tree-fold]");
    var all = event.target.closest("[data-tree-all]");
    var tree = event.target.closest("[data-tree]");
    if (!tree || !(button || all)) return;
    if (button) {
      var line = button.closest("tr");
      fold(line, line.getAttribute("aria-expanded") !== "true");
    } else {
      lines(tree).forEach(function (row) {
        fold(row, all.dataset.treeAll === "open");
      });
    }
    refresh(tree);
  });

  // A branch that was fetched just now: its lines stand right below the one that was unfolded.
  document.addEventListener("htmx:afterSettle", function (event) {
    var tree = event.target.closest && event.target.closest("[data-tree]");
    if (tree) refresh(tree);
  });

  // Arrow keys as in any tree: up and down walk, right unfolds or goes in, left folds or goes out.
  document.addEventListener("keydown", function (event) {
    var line = event.target.closest("[data-tree] tr[data-key]");
    if (!line || !/^Arrow/.test(event.key)) return;
    var tree = line.closest("[data-tree]");
    var shown = lines(tree).filter(function (row) {
      return !row.hidden;
    });
    var place = shown.indexOf(line);
    var state = line.getAttribute("aria-expanded");
    var target = null;
    if (event.key === "ArrowDown") target = shown[place + 1];
    else if (event.key === "ArrowUp") target = shown[place - 1];
    else if (event.key === "ArrowRight" && state === "false") line.querySelector("[data-tree-fold]").click();
    else if (event.key === "ArrowRight" && state === "true") target = shown[place + 1];
    else if (event.key === "ArrowLeft" && state === "true") fold(line, false);
    else if (event.key === "ArrowLeft") target = tree.querySelector('tr[data-key="' + line.dataset.parent + '"]');
    event.preventDefault();
    refresh(tree);
    if (target) target.querySelector("a").focus();
  });
})();
