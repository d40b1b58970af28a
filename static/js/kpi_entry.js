// The entry grid: cells pasted from a spreadsheet land in the fields they belong to, arrows and Enter walk the column,
// a ratio shows its result. And: a click on a code puts it into the formula. Everything works without it, cell by cell.
(function () {
  "use strict";

  // --- numbers as they were pasted ----------------------------------------------------------------------------------
  var COMMA = /^-?\d{1,3}(\.\d{3})+,\d+$|^-?\d{1,3}(\.\d{3}){2,}$|^-?\d*,(\d{1,2}|\d{4,})$|^-?0?,\d{3}$/;
  var POINT = /^-?\d{1,3}(,\d{3})+\.\d*$|^-?\d{1,3}(,\d{3}){2,}$|^-?\d*\.(\d{1,2}|\d{4,})$/;
  var EITHER = /^-?[1-9]\d{0,2},\d{3}$/;
  var GROUPED = /^-?\d{1,3}(\.\d{3})+$/;

  function bare(text) {
    var signs = text.replace(/[\s£$€¥%'’]/g, "").replace("−", "-");
    if (/^\(.*\)$/.test(signs)) signs = "-" + signs.slice(1, -1);
    return /-$/.test(signs) ? "-" + signs.slice(0, -1) : signs;
  }
  // What stands before the decimals in a block of cells: a point unless they tell otherwise; empty when they disagree.
  function markOf(texts) {
    var comma = texts.some(function (text) { return COMMA.test(bare(text)); });
    var point = texts.some(function (text) { return POINT.test(bare(text)); });
    return comma && point ? "" : comma ? "," : ".";
  }
  // The number with a point before its decimals and nothing between thousands. What can be read two ways stays as it is:
  // the server says so. Three decimals get a fourth, so that nobody takes the point for thousands.
  function plain(text, mark) {
    var number = bare(text);
    if (COMMA.test(number) || ((EITHER.test(number) || GROUPED.test(number)) && mark === ","))
      number = number.replace(/\./g, "").replace(",", ".");
    else if (POINT.test(number) || (EITHER.test(number) && mark === ".")) number = number.replace(/,/g, "");
    else if (!/^-?\d+(\.\d+)?$/.test(number)) return text.trim();
    return /\.\d{3}$/.test(number) ? number + "0" : number;
  }
  // Lines and cells of a clipboard text; a cell in quotes may hold tabs and line ends.
  function cellsOf(text) {
    var rows = [[]];
    var cell = "", isQuoted = false;
    text = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
    for (var at = 0; at < text.length; at += 1) {
      var sign = text[at];
      if (isQuoted) {
        if (sign !== '"') cell += sign;
        else if (text[at + 1] === '"') { cell += '"'; at += 1; }
        else isQuoted = false;
      } else if (sign === '"' && cell === "") isQuoted = true;
      else if (sign === "\t") { rows[rows.length - 1].push(cell); cell = ""; }
      else if (sign === "\n") { rows[rows.length - 1].push(cell); rows.push([]); cell = ""; }
      else cell += sign;
    }
    rows[rows.length - 1].push(cell);
    return rows;
  }

  // --- the grid -----------------------------------------------------------------------------------------------------
  var form = document.querySelector("[data-entry-grid]");

  function rowsOf() {
    return Array.from(form.querySelectorAll("[data-entry-row]"));
  }
  function fieldAt(row, column) {
    return row.querySelector('[data-col="' + column + '"]');
  }
  function put(field, text) {
    if (field.readOnly || field.value === text) return false;
    field.value = text;
    field.classList.add("is-pasted");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }
  // Lines whose first cell names a row of the page: row → the other cells. Null when most lines name none.
  function byLabel(lines) {
    var known = {};
    rowsOf().forEach(function (row) {
      known[row.dataset.code.toLowerCase()] = row;
      known[row.dataset.name.toLowerCase()] = known[row.dataset.name.toLowerCase()] || row;
    });
    var found = lines.map(function (cells) { return known[cells[0].trim().toLowerCase()]; });
    var count = found.filter(Boolean).length;
    if (lines[0].length < 2 || count * 2 < lines.length) return null;
    return lines.map(function (cells, index) { return { row: found[index], cells: cells.slice(1), column: 0 }; });
  }
  function inOrder(lines, field) {
    var rows = rowsOf();
    var first = rows.indexOf(field.closest("[data-entry-row]"));
    return lines.map(function (cells, index) {
      return { row: rows[first + index], cells: cells, column: Number(field.dataset.col) };
    });
  }
  function pasted(event) {
    var field = event.target.closest("[data-col]");
    var text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    if (!field || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return; // one cell: the browser does it
    event.preventDefault();
    var lines = cellsOf(text);
    var labelled = byLabel(lines);
    var before = new Map();
    var count = 0, left = 0, numbers = [];
    var targets = (labelled || inOrder(lines, field)).reduce(function (all, line) {
      line.cells.forEach(function (cell, index) {
        var target = line.row && fieldAt(line.row, line.column + index);
        if (target) all.push([target, cell]);
        else if (cell.trim()) left += 1;
        if (target && target.dataset.col !== "2") numbers.push(cell);
      });
      return all;
    }, []);
    var mark = markOf(numbers);
    targets.forEach(function (pair) {
      var target = pair[0], old = target.value;
      var wanted = target.dataset.col === "2" ? pair[1].replace(/\s+/g, " ").trim() : plain(pair[1], mark);
      if (!wanted && !labelled && target !== field && !pair[1]) return; // an empty cell leaves the field alone
      if (put(target, wanted)) { before.set(target, old); count += 1; }
    });
    say(count, left, mark, Boolean(labelled), before);
  }
  function say(count, left, mark, isLabelled, before) {
    var words = form.dataset;
    var parts = [count === 1 ? words.saidOne : words.saidMany.replace("%s", count)];
    if (mark === ",") parts.push(words.saidComma);
    if (isLabelled) parts.push(words.saidLabels);
    if (left) parts.push(words.saidLeft.replace("%s", left));
    var place = form.querySelector("[data-entry-said]");
    var undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-sm";
    undo.textContent = words.saidUndo;
    undo.addEventListener("click", function () {
      before.forEach(function (old, field) {
        put(field, old);
        field.classList.remove("is-pasted");
      });
      place.textContent = words.saidUndone;
    });
    place.replaceChildren(document.createTextNode(parts.join(" ")));
    if (count) place.append(undo);
  }
  function walked(event) {
    var field = event.target.closest("[data-col]");
    var step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!field || !step || event.isComposing) return;
    event.preventDefault(); // Enter goes on to the next row, as in a spreadsheet; it does not send the form
    var rows = rowsOf();
    for (var at = rows.indexOf(field.closest("[data-entry-row]")) + step; rows[at]; at += step) {
      var next = fieldAt(rows[at], field.dataset.col);
      if (next) {
        next.focus();
        next.select();
        return;
      }
    }
  }
  function worked(row) {
    var output = row.querySelector("[data-result]");
    if (!output) return;
    var top = plain(row.querySelector('[data-part="top"]').value, "."), bottom = plain(row.querySelector('[data-part="bottom"]').value, ".");
    var value = (Number(top) * Number(row.dataset.scale)) / Number(bottom);
    output.textContent = top && bottom && Number.isFinite(value) ? "= " + value.toFixed(Number(row.dataset.places)) : "";
  }

  if (form) {
    form.addEventListener("paste", pasted);
    form.addEventListener("keydown", walked);
    form.addEventListener("input", function (event) {
      var row = event.target.closest("[data-entry-row]");
      if (row) worked(row);
    });
    rowsOf().forEach(worked);
  }

  // --- the formula --------------------------------------------------------------------------------------------------
  document.addEventListener("click", function (event) {
    var word = event.target.closest("[data-formula-word]");
    var field = word && document.querySelector("[name=formula]");
    if (!field) return;
    var at = field.selectionStart === null ? field.value.length : field.selectionStart;
    field.setRangeText(word.dataset.formulaWord, at, field.selectionEnd || at, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
