/** A text as HCL writes it. Paths with quotes or backslashes stay what they are; `${` would be taken for a template. */
export function hclString(text: string): string {
  return JSON.stringify(text).replaceAll("${", "$$${");
}
