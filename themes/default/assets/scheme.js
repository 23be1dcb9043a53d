// Runs before the page is painted, so that a chosen colour scheme does not flash.
(function () {
  "use strict";
  try {
    var chosen = localStorage.getItem("runbooks:scheme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
  } catch (error) { /* Without storage the system's scheme is used. */ }
})();
