// Before anything is drawn, and so no module: the theme that was chosen here.
try {
  const theme = localStorage.getItem("qmp-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing has nothing to say.
}
