// What the providers demand of a request, as far as a client can get it wrong:
// method, path, headers and the shape of the body. A request with problems is
// refused in the provider's own words.

export const KEYS = {
  openai: 'key-of-openai-3f9a7c51',
  anthropic: 'key-of-anthropic-8b20d6e4',
  gemini: 'key-of-gemini-c47e1195',
}

// These may stand in a request at all; anything else is unknown to them.
const KNOWN = {
  openai: ['model', 'messages', 'max_tokens', 'max_completion_tokens',
    'stream', 'stream_options', 'temperature', 'top_p', 'seed', 'stop'],
  anthropic: ['model', 'max_tokens', 'system', 'messages', 'stream',
    'temperature', 'top_p', 'top_k', 'stop_sequences'],
  gemini: ['contents', 'systemInstruction', 'generationConfig',
    'safetySettings'],
}

const PATHS = {
  openai: /^\/v1\/chat\/completions$/,
  anthropic: /^\/v1\/messages$/,
  gemini: /^\/v1beta\/models\/[\w.%-]+:streamGenerateContent\?alt=sse$/,
}

function protocolOf(url) {
  if (url.includes('/chat/completions'))
    return 'openai'
  return url.includes('/messages') ? 'anthropic' : 'gemini'
}

function isText(value) {
  return typeof value === 'string' && value !== ''
}

// user, assistant, user ...: the first and the last are the user's.
function checkTurns(turns, assistant, expect) {
  expect(Array.isArray(turns) && turns.length % 2 === 1,
    'an odd number of turns')
  for (const [i, turn] of (turns ?? []).entries()) {
    expect(turn.role === (i % 2 === 0 ? 'user' : assistant),
      `role of turn ${i}`)
    expect(isText(turn.text), `text of turn ${i}`)
  }
}

function messageTurns(messages) {
  return messages?.map(({ role, content, ...rest }) =>
    ({ role, text: Object.keys(rest).length > 0 ? null : content }))
}

// A name that begins with "llama" is an older compatible server's.
function checkOpenai(body, headers, expect) {
  const isOld = body.model?.startsWith('llama')
  const turns = messageTurns(body.messages) ?? []
  if (turns[0]?.role === 'system')
    expect(isText(turns.shift().text), 'text of system')
  checkTurns(turns, 'assistant', expect)
  expect(isText(body.model), 'model')
  expect(JSON.stringify(body.stream_options) ===
    (isOld ? undefined : '{"include_usage":true}'), 'stream_options')
  expect(!((isOld ? 'max_completion_tokens' : 'max_tokens') in body),
    'name of max_tokens')
  expect(headers.authorization === (isOld ? undefined :
    `Bearer ${KEYS.openai}`), 'authorization')
  return turns.at(-1)?.text
}

function checkAnthropic(body, headers, expect) {
  const turns = messageTurns(body.messages) ?? []
  checkTurns(turns, 'assistant', expect)
  expect(isText(body.model), 'model')
  expect(Number.isInteger(body.max_tokens) && body.max_tokens > 0,
    'max_tokens')
  expect(!('system' in body) || isText(body.system), 'system')
  expect(headers['x-api-key'] === KEYS.anthropic, 'x-api-key')
  expect(['2023-06-01', '2026-10-21'].includes(headers['anthropic-version']),
    'anthropic-version')
  for (const name of ['temperature', 'top_p', 'top_k'])
    expect(headers['anthropic-version'] === '2023-06-01' || !(name in body),
      `${name}: Extra inputs are not permitted`)
  return turns.at(-1)?.text
}

function checkGemini(body, headers, expect) {
  const turns = body.contents?.map(({ role, parts }) =>
    ({ role, text: parts?.length === 1 ? parts[0].text : null })) ?? []
  const system = body.systemInstruction
  checkTurns(turns, 'model', expect)
  expect(system === undefined || isText(system.parts?.[0]?.text),
    'systemInstruction')
  expect(headers['x-goog-api-key'] === KEYS.gemini, 'x-goog-api-key')
  return turns.at(-1)?.text
}

const CHECKS = { openai: checkOpenai, anthropic: checkAnthropic,
  gemini: checkGemini }

function checkHead(req, protocol, expect) {
  expect(req.method === 'POST', 'method')
  expect(PATHS[protocol].test(req.url), 'path')
  expect(req.headers['content-type'] === 'application/json', 'content-type')
  expect(req.headers['accept-encoding'] === 'identity', 'accept-encoding')
  expect(req.headers['content-length'] > 0, 'content-length')
  for (const name of ['expect', 'transfer-encoding', 'cookie'])
    expect(!(name in req.headers), name)
  // Each key goes to its provider, and nowhere but in its header.
  for (const [owner, key] of Object.entries(KEYS)) {
    const places = req.rawHeaders.filter((word) => word.includes(key))
    expect(!req.url.includes(key), 'key in the URL')
    expect(places.length === 0 || owner === protocol, 'key of another')
  }
}

function parse(text, expect) {
  try {
    return JSON.parse(text)
  } catch {
    expect(false, 'body is not JSON')
    return {}
  }
}

export function check(req, text) {
  const problems = []
  const expect = (fits, what) => fits || problems.push(what)
  const protocol = protocolOf(req.url)
  const body = parse(text, expect)
  checkHead(req, protocol, expect)
  for (const name of Object.keys(body))
    expect(KNOWN[protocol].includes(name), `unknown member ${name}`)
  if (protocol !== 'gemini')
    expect(body.stream === true, 'stream')
  expect(!text.includes('key-of-'), 'key in the body')
  const prompt = CHECKS[protocol](body, req.headers, expect) ?? ''
  return { protocol, method: req.method, url: req.url, headers: req.headers,
    body, prompt, problems }
}

// A missing key is a 401, as everywhere.
export function refusal(a) {
  const keys = ['authorization', 'x-api-key', 'x-goog-api-key']
  const isKey = a.request.problems.some((problem) => keys.includes(problem))
  a.fail(isKey ? 401 : 400, a.request.problems.join(', '))
}
