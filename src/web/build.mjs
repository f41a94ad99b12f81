// Bundles the page into one file that the program compiles in:
//
//   node build.mjs OUTPUT
//
// The first line of that file is a JSON array, an entry for each path with
// its type, its ETag and where its bytes lie behind that line: as they are,
// and compressed with gzip and brotli. Names carry a hash of what is in them.

import crypto from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { fileURLToPath } from 'node:url'

import esbuild from 'esbuild'

const here = path.dirname(fileURLToPath(import.meta.url))

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const BUDGET = 150 * 1000 // bytes of everything, compressed

async function bundle() {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: here,
    entryPoints: ['main.jsx', 'style.css', 'icon.svg'],
    outdir: 'assets',
    entryNames: '[name].[hash]',
    chunkNames: '[name].[hash]',
    assetNames: '[name].[hash]',
    loader: { '.svg': 'copy' },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: ['es2022'],
    minify: true,
    legalComments: 'none',
    metafile: true,
    write: false,
    logLevel: 'warning',
  })
  const names = new Map()
  for (const [output, { entryPoint, inputs }] of
    Object.entries(metafile.outputs)) {
    const source = entryPoint ?? Object.keys(inputs)[0]
    // A chunk that several share is of no one source.
    if (source !== undefined && !source.startsWith('node_modules/'))
      names.set(path.basename(source), '/' + output)
  }
  return { files: outputFiles.map(({ path: name, contents }) => ({
    path: '/' + path.relative(here, name), bytes: Buffer.from(contents) })),
  names }
}

function index(names) {
  const template = fs.readFileSync(path.join(here, 'index.html'), 'utf8')
  return {
    path: '/',
    bytes: Buffer.from(template.replace(/\{\{(.+?)\}\}/g, (_, name) => {
      if (!names.has(name))
        throw new Error(`index.html wants ${name}, which was not built`)
      return names.get(name)
    })),
  }
}

function brotli(bytes) {
  return zlib.brotliCompressSync(bytes, { params: {
    [zlib.constants.BROTLI_PARAM_QUALITY]: 11,
    [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  } })
}

function pack(files) {
  const blobs = []
  let offset = 0
  const place = (bytes) => {
    blobs.push(bytes)
    offset += bytes.length
    return [offset - bytes.length, bytes.length]
  }
  const entries = files.map((file) => {
    const { base, ext } = path.parse(file.path)
    const hash = crypto.createHash('sha256').update(file.bytes)
    return {
      path: file.path,
      type: TYPES[base === '' ? '.html' : ext],
      etag: `"${hash.digest('base64url').slice(0, 22)}"`,
      identity: place(file.bytes),
      gzip: place(zlib.gzipSync(file.bytes, { level: 9 })),
      br: place(brotli(file.bytes)),
    }
  })
  const total = entries.reduce((sum, { gzip }) => sum + gzip[1], 0)
  if (total > BUDGET)
    throw new Error(`the page is ${total} bytes, more than ${BUDGET}`)
  return Buffer.concat([Buffer.from(JSON.stringify(entries) + '\n'), ...blobs])
}

const [output] = process.argv.slice(2)
const { files, names } = await bundle()
fs.mkdirSync(path.dirname(output), { recursive: true })
fs.writeFileSync(output + '.new', pack([index(names), ...files]))
fs.renameSync(output + '.new', output)
