// Before anything is drawn, and so no module: the theme that was chosen here.
try {
  const theme = localStorage.getItem("qmp-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // The browser keeps nothing.
}
