// Sets the chosen theme before the page is drawn. So it is no module.
try {
  const theme = localStorage.getItem("qmp-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The browser stores nothing.
}
