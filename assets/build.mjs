// Puts into publisher/web/static/vendor/ what others made and pages load, each under its licence:
//
//   editor.js      the SPARQL editor, of editor.mjs and the packages that it imports, one ES module
//   fonts.css      the typefaces, with *.woff2 beside it; their addresses change with their bytes (publisher/web/assets.py)
//   land.json      outlines of the land of the Earth by Natural Earth: a list of rings of [longitude, latitude], degrees
//   LICENSES.txt   the licence of each package that something here is made of
//
// npm ci && node build.mjs

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { feature } from "topojson-client";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = join(HERE, "node_modules");
const VENDOR = join(HERE, "..", "publisher", "web", "static", "vendor");
const DECIMALS = 2; // of degrees: a kilometre, a tenth of a pixel on our maps
// Characters of western European languages, and those that the others have beside them: loaded where a page needs them.
const LATIN = "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215";
const LATIN_EXT = "U+0100-0130,U+0132-0151,U+0154-02BA,U+02BD-02C5,U+02C7-02CC,U+1E00-1EFF,U+20A0-20AB,U+20AD-20C0";
// Faces of one family that differ in weight do not complete each other, hence the second family.
const FACES = [
    ["Source Sans 3", "200 900", "@fontsource-variable/source-sans-3", "source-sans-3-latin-wght-normal", LATIN],
    ["Source Sans 3 Extended", "400", "@fontsource/source-sans-3", "source-sans-3-latin-ext-400-normal", LATIN_EXT],
    ["Source Sans 3 Extended", "600", "@fontsource/source-sans-3", "source-sans-3-latin-ext-600-normal", LATIN_EXT],
    ["Source Serif 4", "600", "@fontsource/source-serif-4", "source-serif-4-latin-600-normal", LATIN],
    ["Source Serif 4", "600", "@fontsource/source-serif-4", "source-serif-4-latin-ext-600-normal", LATIN_EXT],
];

/** Writes editor.js; returns the names of the packages in it. */
async function bundleEditor() {
    const entry = join(HERE, "editor.mjs");
    if (!existsSync(entry)) return [];
    const { metafile } = await build({
        entryPoints: [entry],
        outfile: join(VENDOR, "editor.js"),
        bundle: true,
        format: "esm",
        minify: true,
        target: "es2022",
        legalComments: "none",
        metafile: true,
        absWorkingDir: HERE,
    });
    const inputs = Object.keys(metafile.inputs).map((path) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//));
    return inputs.filter(Boolean).map((found) => found[1]);
}

/** Writes fonts.css and its files; returns the names of the packages. */
function copyFonts() {
    const rules = FACES.map(([family, weight, from, file, range]) => {
        const content = readFileSync(join(PACKAGES, from, "files", `${file}.woff2`));
        const digest = createHash("sha256").update(content).digest("hex").slice(0, 8);
        writeFileSync(join(VENDOR, `${file}.woff2`), content);
        return `@font-face{font-family:"${family}";font-weight:${weight};font-display:optional;` +
            `src:url("${file}.woff2?v=${digest}") format("woff2");unicode-range:${range}}\n`;
    });
    writeFileSync(join(VENDOR, "fonts.css"), rules.join(""));
    return FACES.map((face) => face[2]);
}

/** Writes land.json; returns the name of the package that it is of. */
function writeLand() {
    const topology = JSON.parse(readFileSync(join(PACKAGES, "world-atlas", "land-50m.json")));
    const { features } = feature(topology, topology.objects.land);
    const rings = features.flatMap(({ geometry }) => geometry.coordinates.flat(geometry.type === "MultiPolygon" ? 1 : 0));
    writeFileSync(join(VENDOR, "land.json"), JSON.stringify(rings.map(rounded).filter((ring) => ring.length > 3)));
    return ["world-atlas"];
}

/** A ring with coordinates of DECIMALS places; points that coincide then are one. */
function rounded(ring) {
    const points = ring.map((point) => point.map((degrees) => Number(degrees.toFixed(DECIMALS))));
    return points.filter(([x, y], index) => index === 0 || x !== points[index - 1][0] || y !== points[index - 1][1]);
}

/** Writes LICENSES.txt: name, version, licence and its text of each of the packages. */
function writeLicences(names) {
    const parts = [...new Set(names)].sort().map((name) => {
        const folder = join(PACKAGES, name);
        const { version, license, homepage } = JSON.parse(readFileSync(join(folder, "package.json")));
        const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
        if (!file) throw new Error(`${name} comes without the text of its licence`);
        const heading = `${name} ${version} (${license})${homepage ? `\n${homepage}` : ""}`;
        return `${heading}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    });
    const introduction =
        "What pages of this site load and others made, with their licences.\n" +
        "The outlines of land are by Natural Earth (https://www.naturalearthdata.com/), in the public domain.\n";
    writeFileSync(join(VENDOR, "LICENSES.txt"), [introduction, ...parts].join(`\n${"-".repeat(78)}\n\n`));
}

rmSync(VENDOR, { recursive: true, force: true });
mkdirSync(VENDOR, { recursive: true });
writeLicences([...(await bundleEditor()), ...copyFonts(), ...writeLand()]);
