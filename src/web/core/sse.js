// Server-sent events of a response, as the HTML standard frames them: each
// is {id, event, data}. Ends when the body does.

function parse(block) {
  const event = { id: '', event: 'message', data: '' }
  const data = []
  for (const line of block.split('\n')) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line)
    if (name === 'data')
      data.push(value)
    else if (name === 'event' || name === 'id')
      event[name] = value
  }
  event.data = data.join('\n')
  return data.length > 0 ? event : null
}

export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done)
        return
      const blocks = (rest + value).replace(/\r\n/g, '\n').split('\n\n')
      rest = blocks.pop()
      for (const block of blocks) {
        const event = parse(block)
        if (event)
          yield event
      }
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}
