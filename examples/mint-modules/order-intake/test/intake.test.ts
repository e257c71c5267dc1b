import assert from "node:assert/strict";
import { test } from "node:test";
import { parseIntake } from "../src/intake.js";

const GOOD = { customer: "Ada", email: "ada@example.com", title: "Fern", quantity: 100 };

function faultyFields(data: unknown): string[] {
  const parsed = parseIntake(data);
  return "faults" in parsed ? parsed.faults.map((fault) => fault.field) : [];
}

test("a good intake is trimmed, and its note may be missing", () => {
  assert.deepEqual(parseIntake({ ...GOOD, customer: " Ada " }), { intake: { ...GOOD, note: "" } });
});

test("an empty intake has all its faults at once", () => {
  assert.deepEqual(faultyFields({}), ["customer", "email", "title", "quantity"]);
});

test("a fault says what was found and what is wanted", () => {
  assert.deepEqual(parseIntake({ ...GOOD, quantity: "many" }), {
    faults: [{ field: "quantity", found: '"many"', wanted: "a whole number from 1 to 100000" }],
  });
});

test("what is no object is one fault", () => {
  for (const data of [null, [], "text", 3, undefined]) {
    assert.deepEqual(faultyFields(data), [""]);
  }
});

test("each field has its limits", () => {
  const wrong: Record<string, readonly unknown[]> = {
    customer: ["", "   ", "x".repeat(101), 5, "a\u0000b", "a\nb", null],
    email: ["ada", "ada@host", "a b@example.com", "@example.com", "a@b@example.com", `${"x".repeat(300)}@example.com`],
    title: ["", "x".repeat(201), {}],
    quantity: [0, -1, 1.5, 100_001, "5", Number.NaN, null],
    note: ["x".repeat(501), 7],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.deepEqual(faultyFields({ ...GOOD, [field]: value }), [field], `${field}: ${JSON.stringify(value)}`);
    }
  }
  for (const quantity of [1, 100_000]) {
    assert.deepEqual(faultyFields({ ...GOOD, quantity, note: "x".repeat(500), title: "🌿".repeat(200) }), []);
  }
});

test("unknown fields are refused, also those that every object has", () => {
  assert.deepEqual(faultyFields({ ...GOOD, colour: "red", constructor: 1 }), ["colour", "constructor"]);
});
