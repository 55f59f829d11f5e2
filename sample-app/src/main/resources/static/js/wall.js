// The wall: a card for each present connection.

import { h } from "./dom.js";
import { Card } from "./card.js";
import * as model from "./model.js";

export function wall() {
  const grid = h("div", { class: "grid" });
  const summary = h("p", { class: "summary" });
  const element = h("section", { class: "wall" }, h("div", { class: "title" }, h("h1", {}, "Machines"), summary), grid);
  const cards = new Map();

  function update() {
    const connections = model.all();
    const names = new Set(connections.map((connection) => connection.name));
    for (const [name, card] of cards) {
      if (!names.has(name)) {
        card.close();
        cards.delete(name);
      }
    }
    connections.forEach((connection, i) => {
      let card = cards.get(connection.name);
      if (!card) {
        card = new Card(connection.name);
        cards.set(connection.name, card);
      }
      if (grid.children[i] !== card.element) grid.insertBefore(card.element, grid.children[i] ?? null);
      card.update(connection);
    });
    grid.dataset.count = cards.size === 1 ? "one" : cards.size > 12 ? "many" : "few";
    summary.replaceChildren(...summarise(connections));
  }

  const stop = model.onChange(update);
  update();
  return {
    element,
    title: "Wall",
    page: "wall",
    close() {
      stop();
      cards.forEach((card) => card.close());
    },
  };
}

function summarise(connections) {
  if (model.failure()) return [h("span", { class: "bad" }, model.failure().message)];
  const words = new Map();
  for (const connection of connections) {
    const { word, kind } = model.standing(connection);
    words.set(word, { kind, count: (words.get(word)?.count ?? 0) + 1 });
  }
  return [...words].map(([word, { kind, count }]) => h("span", { class: `chip ${kind}` }, `${count} ${word}`));
}
