// What every page does: toasts, loading bar, keyboard, search box, going back. Pages work without it.
(function () {
  "use strict";

  var toasts = document.getElementById("toasts");
  var words = document.getElementById("words").dataset;
  var READ_MS = 6000;

  function settle(toast) {
    if (toast.classList.contains("toast-error") || toast.dataset.settled) return; // errors stay until closed
    toast.dataset.settled = "1";
    window.setTimeout(function () {
      if (!toast.matches(":hover, :focus-within")) toast.remove();
      else {
        delete toast.dataset.settled;
        settle(toast);
      }
    }, READ_MS);
  }

  function showToast(text, tone) {
    var toast = document.createElement("div");
    toast.className = "toast-note toast-" + (tone || "info");
    toast.setAttribute("data-toast", "");
    var words = document.createElement("p");
    words.textContent = text;
    var close = document.createElement("button");
    close.type = "button";
    close.className = "btn-icon";
    close.setAttribute("data-toast-close", "");
    close.setAttribute("aria-label", words.close);
    close.textContent = "×";
    toast.append(words, close);
    toasts.append(toast);
    settle(toast);
  }
  window.portalToast = showToast;

  document.addEventListener("click", function (event) {
    var close = event.target.closest("[data-toast-close]");
    if (close) close.closest("[data-toast]").remove();
    if (event.target.closest("[data-go-back]")) window.history.length > 1 ? window.history.back() : window.location.assign("/");
    var print = event.target.closest("[data-print]");
    if (print) window.print();
    var copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(function () {
        showToast(copy.dataset.copied || words.copied, "success");
      });
    }
  });

  if (toasts) toasts.querySelectorAll("[data-toast]").forEach(settle);

  // --- htmx ---------------------------------------------------------------------------------------------------------
  document.addEventListener("htmx:beforeSwap", function (event) {
    // A refusal comes back as a toast that the server has aimed; anything else that failed must not land in the page.
    if (event.detail.isError && event.detail.xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
  });
  document.addEventListener("htmx:afterSwap", function () {
    if (toasts) toasts.querySelectorAll("[data-toast]").forEach(settle);
  });
  document.addEventListener("portal:toasts", function (event) {
    (event.detail.value || []).forEach(function (toast) {
      showToast(toast.text, toast.tone);
    });
  });
  document.addEventListener("htmx:responseError", function (event) {
    if (!event.detail.xhr.getResponseHeader("HX-Retarget")) showToast(words.failed, "error");
  });
  document.addEventListener("htmx:sendError", function () {
    showToast(words.unreachable, "error");
  });
  document.addEventListener("htmx:timeout", function () {
    showToast(words.slow, "error");
  });

  var running = 0;
  var bar = document.getElementById("loading");
  function busy(change) {
    running = Math.max(0, running + change);
    if (bar) bar.classList.toggle("is-busy", running > 0);
  }
  document.addEventListener("htmx:beforeRequest", function () {
    busy(1);
  });
  document.addEventListener("htmx:afterRequest", function () {
    busy(-1);
  });

  // A list that was replaced keeps the cursor in its search box.
  var typing = null;
  document.addEventListener("htmx:beforeSwap", function () {
    var active = document.activeElement;
    typing = active && active.id === "list-search" ? { at: active.selectionStart, text: active.value } : null;
  });
  document.addEventListener("htmx:afterSettle", function () {
    var field = typing && document.getElementById("list-search");
    if (!field || document.activeElement === field) return;
    field.value = typing.text;
    field.focus();
    field.setSelectionRange(typing.at, typing.at);
    typing = null;
  });

  // Readers who do not see the list hear how many rows are left.
  document.addEventListener("htmx:afterSettle", function () {
    var count = document.querySelector("#list .list-count");
    var list = document.getElementById("list");
    if (list) document.getElementById("announce").textContent = count ? count.textContent.trim() : words.nothing;
  });

  // --- search box ---------------------------------------------------------------------------------------------------
  var search = document.querySelector("[data-search]");
  var results = document.getElementById("search-results");

  function options() {
    return results ? Array.from(results.querySelectorAll("a[role=option]")) : [];
  }
  function mark(index) {
    options().forEach(function (option, place) {
      option.setAttribute("aria-selected", place === index ? "true" : "false");
      if (place === index) {
        search.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      }
    });
  }
  function closeResults() {
    if (!search) return;
    results.replaceChildren();
    search.setAttribute("aria-expanded", "false");
    search.removeAttribute("aria-activedescendant");
  }
  if (search && results) {
    document.addEventListener("htmx:afterSwap", function (event) {
      if (event.target === results) search.setAttribute("aria-expanded", options().length ? "true" : "false");
    });
    search.addEventListener("keydown", function (event) {
      var all = options();
      var at = all.findIndex(function (option) {
        return option.getAttribute("aria-selected") === "true";
      });
      if (event.key === "ArrowDown" && all.length) mark((at + 1) % all.length);
      else if (event.key === "ArrowUp" && all.length) mark((at - 1 + all.length) % all.length);
      else if (event.key === "Enter" && at >= 0) window.location.assign(all[at].href);
      else if (event.key === "Escape") {
        closeResults();
        search.blur();
        return;
      } else return;
      event.preventDefault();
    });
    document.addEventListener("click", function (event) {
      if (!event.target.closest(".topbar-search")) closeResults();
    });
  }

  document.addEventListener("keydown", function (event) {
    var inField = event.target.closest("input, textarea, select, [contenteditable=true]");
    if (event.key === "/" && !inField && !event.ctrlKey && !event.metaKey && !event.altKey && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });

  // --- forms --------------------------------------------------------------------------------------------------------
  var focus = document.querySelector("[data-focus]");
  if (focus) focus.focus();

  document.addEventListener("submit", function (event) {
    if (event.defaultPrevented || event.target.method !== "post") return;
    // A second click must not send the form twice; the page is left anyway.
    var form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.classList.add("is-sending");
    busy(1);
    window.setTimeout(function () {
      delete form.dataset.sent;
      form.classList.remove("is-sending");
    }, 8000);
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    running = 0;
    busy(0);
    document.querySelectorAll("form").forEach(function (form) {
      delete form.dataset.sent;
      form.classList.remove("is-sending");
    });
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
})();
