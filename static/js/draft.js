// Keeps what was typed into a form in this browser tab until the portal has accepted it: an expired session, a reload,
// a lost connection or a click on "back" costs nothing. Passwords, files and hidden fields are never kept.
(function () {
  "use strict";
  // One person's drafts are never put before the next one who signs in on the same tab.
  var PREFIX = "portal-draft:" + (document.body.dataset.user || "") + ":";
  var PENDING = "portal-draft-pending";
  var store;
  try {
    store = window.sessionStorage;
    store.getItem(PREFIX);
  } catch (_) {
    return; // storage is switched off: forms still work
  }

  function fieldsOf(form) {
    return Array.from(form.elements).filter(function (field) {
      return (
        field.name &&
        !field.disabled &&
        ["hidden", "password", "file", "submit", "button", "reset", "image"].indexOf(field.type) < 0 &&
        !field.closest("[data-draft-skip]") &&
        field.autocomplete !== "one-time-code"
      );
    });
  }
  function valuesOf(form) {
    return fieldsOf(form).map(function (field) {
      if (field.type === "checkbox" || field.type === "radio") return [field.name, field.value, field.checked];
      if (field.multiple)
        return [field.name, Array.from(field.selectedOptions, function (option) { return option.value; }), "many"];
      return [field.name, field.value, null];
    });
  }
  function restore(form, kept) {
    var changed = 0;
    var byName = {};
    fieldsOf(form).forEach(function (field) {
      (byName[field.name] = byName[field.name] || []).push(field);
    });
    kept.forEach(function (entry) {
      var name = entry[0], value = entry[1], kind = entry[2];
      (byName[name] || []).forEach(function (field) {
        if (kind === true || kind === false) {
          if (field.value === value && field.checked !== kind) { field.checked = kind; changed += 1; }
        } else if (kind === "many") {
          Array.from(field.options || []).forEach(function (option) { option.selected = value.indexOf(option.value) >= 0; });
        } else if (field.value !== value && field.type !== "checkbox" && field.type !== "radio") {
          field.value = value;
          if (field.value === value) changed += 1;
        }
      });
    });
    return changed;
  }
  function keyOf(form) {
    return PREFIX + form.dataset.draft;
  }
  function tell(form) {
    var note = document.createElement("div");
    note.className = "notice notice-info draft-note";
    note.setAttribute("role", "status");
    var words = document.createElement("div");
    words.textContent = document.getElementById("words").dataset.restored;
    var drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-sm";
    drop.textContent = document.getElementById("words").dataset.afresh;
    drop.addEventListener("click", function () {
      store.removeItem(keyOf(form));
      form.reset();
      note.remove();
    });
    note.append(words, drop);
    (form.querySelector(".card-body") || form).prepend(note);
  }

  var forms = Array.from(document.querySelectorAll("form[data-draft]"));
  var isSignIn = Boolean(document.querySelector("[data-sign-in]"));

  // What became of the form that was sent last? On the sign-in page: nothing yet, keep it. A page that says "done", or one
  // without that form, means it was accepted; an error page carries data-draft-keep.
  var pending = store.getItem(PENDING);
  if (pending) {
    var isBack = forms.some(function (form) { return keyOf(form) === pending; });
    var isDone = Boolean(document.querySelector(".toast-success"));
    var isFailed = isSignIn || Boolean(document.querySelector("[data-draft-keep]"));
    if (!isFailed && (isDone || !isBack)) store.removeItem(pending);
    store.removeItem(PENDING);
  }

  forms.forEach(function (form) {
    var key = keyOf(form);
    var initial = JSON.stringify(valuesOf(form));
    var kept = store.getItem(key);
    if (kept && form.dataset.draftState !== "returned" && kept !== initial) {
      try {
        if (restore(form, JSON.parse(kept))) tell(form);
      } catch (_) {
        store.removeItem(key);
      }
    }
    function keep() {
      var now = JSON.stringify(valuesOf(form));
      try {
        if (now === initial && form.dataset.draftState !== "returned") store.removeItem(key);
        else store.setItem(key, now);
      } catch (_) {
        // full: the form still works
      }
    }
    form.addEventListener("input", keep);
    form.addEventListener("change", keep);
    form.addEventListener("submit", function () {
      keep();
      store.setItem(PENDING, key);
    });
    form.querySelectorAll("[data-draft-discard]").forEach(function (link) {
      link.addEventListener("click", function () { store.removeItem(key); });
    });
  });
})();
