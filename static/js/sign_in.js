// Shows and hides a typed password.
(function () {
  "use strict";
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-reveal]");
    if (!button) return;
    var field = document.getElementById(button.dataset.reveal);
    var isShown = field.type === "text";
    field.type = isShown ? "password" : "text";
    field.toggleAttribute("data-revealed", !isShown);
    button.setAttribute("aria-pressed", String(!isShown));
    field.focus();
  });
  // A shown password goes back under cover before it is sent, so that the browser stores it as one.
  document.addEventListener("submit", function (event) {
    event.target.querySelectorAll("[data-revealed]").forEach(function (field) {
      field.type = "password";
    });
  });
})();
