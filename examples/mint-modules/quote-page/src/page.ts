// The pages that a customer sees.
import { html, Html } from "./html.js";
import type { Fault, Quote } from "./quote.js";

interface Input {
  readonly name: string;
  readonly label: string;
  readonly hint: Html; // more attributes of the input
}

const INPUTS: readonly Input[] = [
  { name: "customer", label: "Your name", hint: html`autocomplete="name" required` },
  { name: "email", label: "E-mail", hint: html`autocomplete="email" inputmode="email" required` },
  { name: "title", label: "Title of the artwork", hint: html`required` },
  { name: "quantity", label: "Number of prints", hint: html`inputmode="numeric" required` },
  { name: "note", label: "Note (optional)", hint: html`` },
];

const STYLE = new Html(`
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 2rem auto; padding: 0 1rem; color: #17302a }
  label { display: block; margin-top: 1rem }
  input { font: inherit; width: 100%; padding: .4rem; box-sizing: border-box; border: 1px solid #5b7f74; border-radius: 4px }
  button { font: inherit; margin-top: 1.5rem; padding: .5rem 1.5rem }
  .fault { color: #a01c1c; display: block }
`);

export function formPage(shopName: string, given: ReadonlyMap<string, string>, faults: readonly Fault[], notice = ""): string {
  return page(
    shopName,
    html`
  <h1>${shopName}: ask for a quote</h1>
  ${notice === "" ? html`` : html`<p class="fault" role="alert">${notice}</p>`}
  <form method="post" action="/quotes">
    ${INPUTS.map((input) => field(input, given.get(input.name) ?? "", faults))}
    <button type="submit">Ask for a quote</button>
  </form>`,
  );
}

export function confirmationPage(shopName: string, quote: Quote): string {
  return page(
    shopName,
    html`
  <h1>${shopName}: thank you</h1>
  <p>Your request for ${quote.quantity} prints of “${quote.title}” has the number <strong>${quote.seed}</strong>.</p>
  <p><a href="/">Ask for another quote</a></p>`,
  );
}

function field(input: Input, value: string, faults: readonly Fault[]): Html {
  const own = faults.filter((fault) => fault.field === input.name);
  const messages = own.map((fault) => html`<span class="fault">wanted: ${fault.wanted}</span>`);
  return html`
    <label>${input.label}
      <input type="text" name="${input.name}" value="${value}" ${input.hint}>${messages}
    </label>`;
}

function page(title: string, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title}</title>
  <style>${STYLE}</style>
</head>
<body>
<main>${content}
</main>
</body>
</html>
`.text;
}
