/**
 * The server's table of what two runs do, in monospaced columns under a line of dashes, as a Markdown
 * table, which no window is too narrow for. What does not look like one stays as it is, in a block.
 */
export function columnsToTable(text: string): string {
  const block = `\`\`\`text\n${text}\n\`\`\`\n`;
  const lines = text.split("\n");
  const starts = [...(lines[1] ?? "").matchAll(/-+/g)].map((dashes) => dashes.index);
  if (starts.length !== 3 || !/^[- ]+$/.test(lines[1] ?? "")) {
    return block;
  }
  const blank = lines.findIndex((line) => line.trim() === "");
  const end = blank === -1 ? lines.length : blank;
  const rows: string[][] = [];
  for (const line of lines.slice(2, end)) {
    // Letters of double width push a column to the left of its dashes.
    if (starts.some((start) => start > 0 && (line[start - 1] ?? " ") !== " ")) {
      return block;
    }
    const cells = starts.map((start, index) => line.slice(start, starts[index + 1]).trim());
    const last = rows.at(-1);
    if (cells[0] === "" && last) {
      cells.forEach((cell, index) => (last[index] = `${last[index] ?? ""} ${cell}`.trim()));
    } else {
      rows.push(cells);
    }
  }
  const written = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const head = starts.map((start, index) => (lines[0] ?? "").slice(start, starts[index + 1]).trim());
  const table = [written(head), "|---|---|---|", ...rows.map(written)].join("\n");
  return `${table}\n${lines.slice(end).join("\n")}\n`;
}
