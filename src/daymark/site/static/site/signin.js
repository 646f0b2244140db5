// Say on the page when a passkey was not used; the scripts of the ceremony only log it.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-key-failed]").forEach((note) => { note.hidden = false; });
});
