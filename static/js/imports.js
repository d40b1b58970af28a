// Beside each field: what the chosen column holds in the first rows of the file.
(function () {
  "use strict";
  var data = document.getElementById("import-samples");
  if (!data) return;
  var samples = JSON.parse(data.textContent);

  function show(select) {
    var cell = document.querySelector('[data-import-sample="' + select.dataset.importColumn + '"]');
    cell.replaceChildren.apply(
      cell,
      (samples[select.value] || []).map(function (text) {
        var line = document.createElement("span");
        line.textContent = text;
        return line;
      }),
    );
  }

  document.querySelectorAll("[data-import-column]").forEach(show);
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-import-column]")) show(event.target);
  });
})();
