// check_powershell.mjs MODULES FILE...: the grammar of PowerShell finds no fault in the files. It runs nothing.
//
// MODULES has the npm packages web-tree-sitter and tree-sitter-powershell.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [modules, ...files] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "any.js"));
const { Language, Parser } = require("web-tree-sitter");

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm")));

function faults(node) {
    if (node.isError || node.isMissing) return [node];
    return node.hasError ? node.children.flatMap(faults) : [];
}

let found = 0;
for (const file of files) {
    for (const fault of faults(parser.parse(readFileSync(file, "utf8")).rootNode)) {
        console.log(`${file}:${fault.startPosition.row + 1}: ${fault.isMissing ? "lacks" : "cannot be"} '${fault.text.split("\n")[0]}' (${fault.type})`);
        found++;
    }
}
if (!found) console.log("the grammar is kept");
process.exit(found ? 1 : 0);
