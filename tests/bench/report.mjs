// The bench's rows as a table, as JSON, and as a chart of the ratios.
//
//	report.mjs ROWS RESULT.json [CHART.svg]
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const [, , rowsFile, resultFile, chartFile] = process.argv;
const rows = readFileSync(rowsFile, "utf8").trim().split("\n").map(JSON.parse);
for (const row of rows)
	if (row.limit) row.ratio = Number((row.value / row.limit).toFixed(2));

const number = (n) => n >= 100 ? Math.round(n).toLocaleString("en-US") :
	String(n);

for (const r of rows)
	console.log(r.name.padEnd(40) + number(r.value).padStart(10) + " " +
		r.unit.padEnd(8) + (r.beside ? ` ${r.beside.padEnd(24)}` +
		number(r.limit).padStart(10) + String(r.ratio).padStart(7) : ""));

writeFileSync(resultFile, JSON.stringify({
	date: new Date().toISOString(),
	cpus: `${cpus().length} x ${cpus()[0].model.trim()}`,
	rows,
}, null, "\t") + "\n");

// Requests and handshakes a second: ours as a bar, the limit as a mark.
const escape = (s) => s.replace(/&/g, "&amp;").replace(/</g, "&lt;");
function chart(list) {
	const left = 250, wide = 360, line = 30, top = 44;
	const most = Math.max(...list.map((r) => r.ratio), 1);
	const x = (ratio) => left + ratio / most * wide;
	const bars = list.map((r, i) => {
		const y = top + i * line;
		return `<text x="${left - 8}" y="${y + 14}" text-anchor="end">` +
			`${escape(r.name)}</text>` +
			`<rect x="${left}" y="${y}" width="${x(r.ratio) - left}" ` +
			`height="20" rx="2" fill="#3b82c4"/>` +
			`<text x="${x(Math.max(r.ratio, 1)) + 8}" y="${y + 14}">` +
			`${number(r.value)}/s, ${r.ratio} of ${escape(r.beside)}` +
			`</text>`;
	});
	const height = top + list.length * line + 8;
	return `<svg xmlns="http://www.w3.org/2000/svg" width="900" ` +
		`height="${height}" viewBox="0 0 900 ${height}" ` +
		`font-family="sans-serif" font-size="12" fill="#57606a">\n` +
		`<title>Requests a second beside what the machine allows</title>` +
		`\n<text x="${x(1)}" y="20" text-anchor="middle">what the ` +
		`machine allows</text>\n${bars.join("\n")}\n<line x1="${x(1)}" ` +
		`x2="${x(1)}" y1="28" y2="${height - 4}" stroke="#d1242f" ` +
		`stroke-dasharray="3 3"/>\n</svg>\n`;
}

if (chartFile)
	writeFileSync(chartFile, chart(rows.filter((r) => r.ratio &&
		["requests", "handshakes"].includes(r.group))));
