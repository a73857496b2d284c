"use strict";

// Turns the heads of every table called `sortable` into buttons that sort its rows: ascending, descending, and as they were.
// Without this script the tables read just as well. It reads `data-value` where a cell has one, else the cell's text, and
// writes nothing but `aria-sort` and one line for screen readers.

const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

function valueOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.value === undefined ? cell.textContent.trim() : Number(cell.dataset.value);
}

// Cells without a number stand last in both directions.
function compare(one, other, sign) {
  const numbers = [one, other].map((value) => typeof value === "number");
  if (numbers[0] && numbers[1]) return sign * (one - other);
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return sign * one.localeCompare(other, "en", { numeric: true });
}

function sort(table, rows, column, direction) {
  const sign = direction === "descending" ? -1 : 1;
  const sorted = [...rows];
  if (direction !== "none") {
    sorted.sort((one, other) => compare(valueOf(one, column), valueOf(other, column), sign));
  }
  table.tBodies[0].append(...sorted);
}

function enable(table, status) {
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const name = head.textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => {
      const direction = NEXT[head.getAttribute("aria-sort") ?? "none"];
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      if (direction !== "none") head.setAttribute("aria-sort", direction);
      sort(table, rows, column, direction);
      status.textContent = direction === "none" ? "in the scenario's order" : `sorted by ${name}, ${direction}`;
    });
    head.replaceChildren(button);
  });
}

const status = document.createElement("p");
status.className = "unseen";
status.setAttribute("role", "status");
document.querySelector("main").append(status);
document.querySelectorAll("table.sortable").forEach((table) => enable(table, status));
