// What the three providers say, as frames: {event, data}, or a string that is
// sent as it stands. Shapes and oddities are those of their recorded answers.

// The same in every answer, whatever was said.
const PROMPT_TOKENS = 11
const RESPONSE_TOKENS = 7

function frame(value, event) {
  return { event, data: JSON.stringify(value) }
}

function openaiChunk(delta, rest = {}, finish = null) {
  return frame({ id: 'chatcmpl-fake', object: 'chat.completion.chunk',
    created: 1795386438, model: 'fake', choices: [{ index: 0, delta,
      logprobs: null, finish_reason: finish }], usage: null,
    obfuscation: 'xyz', ...rest })
}

const openai = {
  eol: '\n',
  requestId: 'x-request-id',
  finishes: { stop: 'stop', length: 'length', filter: 'content_filter',
    odd: 'tool_calls' },
  start: () => [openaiChunk({ role: 'assistant', content: '' })],
  delta: (text) => [openaiChunk({ content: text })],
  thought: (text) => [openaiChunk({ reasoning_content: text })],
  refusal: (text) => [openaiChunk({ refusal: text })],
  finish: (reason) => [
    openaiChunk({}, {}, openai.finishes[reason]),
    openaiChunk(null, { choices: [], usage: {
      prompt_tokens: PROMPT_TOKENS, completion_tokens: RESPONSE_TOKENS,
      total_tokens: PROMPT_TOKENS + RESPONSE_TOKENS } }),
    { data: '[DONE]' },
  ],
  blocked: () => openai.finish('filter'),
  unknown: () => [
    openaiChunk({ annotations: [], content: null, tool_calls: null }),
    openaiChunk(null, { choices: [], prompt_filter_results: [] }),
  ],
  error: (status, message, code) => ({ error: { message, param: null,
    type: status === 429 ? 'rate_limit_exceeded' : 'invalid_request_error',
    code: code ?? null } }),
  streamError: () => [frame({ error: { message: 'The server had an error',
    type: 'server_error', param: null, code: null } })],
  quota: () => openai.error(429, 'You exceeded your current quota',
    'insufficient_quota'),
}

function anthropicEvent(type, rest) {
  return frame({ type, ...rest }, type)
}

function anthropicDelta(delta) {
  return [anthropicEvent('content_block_delta', { index: 0, delta })]
}

const anthropic = {
  eol: '\n',
  requestId: 'request-id',
  finishes: { stop: 'end_turn', length: 'max_tokens', filter: 'refusal',
    odd: 'tool_use' },
  begin: () => [anthropicEvent('message_start', { message: {
    id: 'msg_fake', type: 'message', role: 'assistant', model: 'fake',
    content: [], stop_reason: null, stop_sequence: null,
    usage: { input_tokens: 4, cache_creation_input_tokens: 5,
      cache_read_input_tokens: 2, output_tokens: 1 } } })],
  start: () => [...anthropic.begin(),
    anthropicEvent('content_block_start', { index: 0,
      content_block: { type: 'text', text: '' } })],
  delta: (text) => anthropicDelta({ type: 'text_delta', text }),
  thought: (text) => [
    ...anthropicDelta({ type: 'thinking_delta', thinking: text }),
    ...anthropicDelta({ type: 'signature_delta', signature: 'abc=' }),
  ],
  refusal: (text) => anthropic.delta(text),
  end: (reason) => [
    anthropicEvent('message_delta', { delta: {
      stop_reason: anthropic.finishes[reason], stop_sequence: null },
    usage: { output_tokens: RESPONSE_TOKENS } }),
    anthropicEvent('message_stop', {}),
  ],
  finish: (reason) => [anthropicEvent('content_block_stop', { index: 0 }),
    ...anthropic.end(reason)],
  // Not a single block.
  blocked: () => anthropic.end('filter'),
  unknown: () => [
    anthropicEvent('ping', {}),
    anthropicEvent('message_thought_about', { text: 'never seen' }),
    ...anthropicDelta({ type: 'citations_delta', citation: {} }),
    ...anthropicDelta({ type: 'telepathy_delta', text: 'never seen' }),
  ],
  error: (status, message, code) => ({ type: 'error', error: { message,
    type: status === 429 ? 'rate_limit_error' : 'api_error',
    ...(code ? { details: { error_code: code } } : {}) },
  request_id: 'req_fake' }),
  streamError: () => [frame({ type: 'error', error: {
    type: 'overloaded_error', message: 'Overloaded' } }, 'error')],
  quota: () => anthropic.error(429, 'Your spend limit is reached',
    'enforced_spend_limit_reached'),
}

function geminiChunk(parts, finish, rest = {}) {
  const candidate = { content: { parts, role: 'model' }, index: 0,
    finishReason: finish, safetyRatings: [{ category:
      'HARM_CATEGORY_HARASSMENT', probability: 'NEGLIGIBLE' }] }
  return frame({ candidates: [candidate], usageMetadata: {
    promptTokenCount: PROMPT_TOKENS, candidatesTokenCount: 3,
    thoughtsTokenCount: RESPONSE_TOKENS - 3,
    totalTokenCount: PROMPT_TOKENS + RESPONSE_TOKENS },
  modelVersion: 'fake', responseId: 'fake-response', ...rest })
}

const gemini = {
  eol: '\r\n',
  requestId: 'x-none',
  finishes: { stop: 'STOP', length: 'MAX_TOKENS', filter: 'SAFETY',
    odd: 'MALFORMED_FUNCTION_CALL' },
  start: () => [],
  delta: (text) => [geminiChunk([{ text }])],
  thought: (text) => [geminiChunk([{ text, thought: true }]),
    geminiChunk([{ functionCall: { name: 'f', args: {} } },
      { thoughtSignature: 'abc=' }])],
  refusal: (text) => gemini.delta(text),
  // The last reason is the true one.
  finish: (reason) => [geminiChunk([{ text: '' }], 'STOP'),
    frame({ candidates: [{ finishReason: gemini.finishes[reason] }] })],
  blocked: () => [frame({ promptFeedback: { blockReason: 'SAFETY' },
    usageMetadata: { promptTokenCount: PROMPT_TOKENS } })],
  unknown: () => [
    frame({ candidates: [{ content: {}, futureField: 1 }] }),
    frame({ usageMetadata: { promptTokenCount: 3 }, futureField: [] }),
    frame({ candidates: [{ content: { role: 'model' } }] }),
  ],
  error: (status, message, reason) => ({ error: { code: status, message,
    status: status === 429 ? 'RESOURCE_EXHAUSTED' : 'UNAVAILABLE',
    details: reason ? [{ reason }] : [] } }),
  streamError: () => [frame(gemini.error(503, 'The model is overloaded'))],
  quota: () => ({ error: { code: 429, status: 'RESOURCE_EXHAUSTED',
    message: 'Quota exceeded', details: [{ violations: [{
      quotaId: 'GenerateRequestsPerDayPerProject' }] }] } }),
}

export const DIALECTS = { openai, anthropic, gemini }
