// HTML whose values are escaped by default: html`<p>${value}</p>`.

export class Html {
  constructor(readonly text: string) {}
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Values that are Html already go in as they are, lists of it one after the other, all else escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | number | Html | readonly Html[])[]): Html {
  return new Html(parts.reduce((text, part, index) => text + render(values[index - 1] ?? "") + part));
}

function render(value: string | number | Html | readonly Html[]): string {
  if (value instanceof Html) {
    return value.text;
  }
  if (typeof value === "object") {
    return value.map((one) => one.text).join("");
  }
  return String(value).replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}
