import { useEffect, useState } from 'preact/hooks'

// A QR code as one path, with the quiet zone the standard wants. The library
// is loaded when somebody sets up a second step, which is once.
export function QrCode({ text, label }) {
  const [code, setCode] = useState(null)
  useEffect(() => {
    import('lean-qr').then(({ generate }) => setCode(generate(text)))
  }, [text])
  if (code === null)
    return <div class="qr" />
  const cells = []
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++)
      if (code.get(x, y))
        cells.push(`M${x + 4} ${y + 4}h1v1h-1z`)
  return (
    <svg class="qr" viewBox={`0 0 ${code.size + 8} ${code.size + 8}`}
      role="img" aria-label={label}>
      <path d={cells.join('')} />
    </svg>
  )
}
