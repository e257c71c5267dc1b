import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "../src/html.js";
import { confirmationPage, formPage } from "../src/page.js";
import { intakeOfForm } from "../src/quote.js";

const EVIL = `<script>alert("x")</script>'&`;
const SAFE = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;";

test("values are escaped, markup is not, lists follow one another", () => {
  assert.equal(html`<b>${EVIL}</b>`.text, `<b>${SAFE}</b>`);
  assert.equal(html`<ul>${[html`<li>${1}</li>`, html`<li>${2}</li>`]}</ul>`.text, "<ul><li>1</li><li>2</li></ul>");
});

test("the form asks for every field of an intake and has no hole in it", () => {
  const page = formPage("Mint", new Map(), []);
  for (const name of ["customer", "email", "title", "quantity", "note"]) {
    assert.match(page, new RegExp(`<input type="text" name="${name}" value=""`));
  }
  assert.match(page, /<form method="post" action="\/quotes">/);
  assert.doesNotMatch(page, /undefined|\[object/);
});

test("a faulty form keeps what was typed and says beside the field what is wanted", () => {
  const page = formPage("Mint", new Map([["title", EVIL]]), [{ field: "email", found: '""', wanted: "an <address>" }]);
  assert.ok(page.includes(`name="title" value="${SAFE}"`));
  assert.match(page, /name="email"[^>]*><span class="fault">wanted: an &lt;address&gt;<\/span>/);
  assert.ok(!page.includes("<script>"));
});

test("the confirmation names the quote and escapes its title", () => {
  const page = confirmationPage(EVIL, { seed: "7", title: EVIL, quantity: 100 });
  assert.match(page, /<strong>7<\/strong>/);
  assert.ok(page.includes(SAFE) && !page.includes("<script>"));
});

test("only a quantity of digits becomes a number; the rest is left for order-intake to judge", () => {
  assert.deepEqual(intakeOfForm(new Map([["title", "Fern"], ["quantity", " 100 "]])), { title: "Fern", quantity: 100 });
  for (const quantity of ["", "many", "1e3", "-5", "1.5"]) {
    assert.equal(intakeOfForm(new Map([["quantity", quantity]]))["quantity"], quantity);
  }
});
