// Beside each field: what the chosen column holds in the first rows of the file.
(function () {
  "use strict";
  var data = document.getElementById("import-samples");
  if (!data) return;
  var samples = JSON.parse(data.textContent);

  function show(select) {
    var name = select.dataset.importColumn;
    var cell = document.querySelector('[data-import-sample="' + name + '"]');
    var year = document.getElementById("id_year_" + name);
    var column = select.value === "year" && year ? year.value : select.value;
    cell.replaceChildren.apply(
      cell,
      (samples[column] || []).map(function (text) {
        var line = document.createElement("span");
        line.textContent = text;
        return line;
      }),
    );
  }

  document.querySelectorAll("[data-import-column]").forEach(show);
  document.addEventListener("change", function (event) {
    var name = event.target.id.replace(/^id_(how|year)_/, "");
    var select = document.getElementById("id_how_" + name);
    if (select) show(select);
  });
})();
