// A long list of which only what is near the window exists. Heights are
// measured as entries come into being; what changes above the window's top
// moves the scroll position along, so that nothing jumps. A list that is at
// its end stays there while it grows.

import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useReducer,
  useRef } from 'preact/hooks'

const OVERSCAN = 800 // pixels beyond the window, on both sides
const AT_END = 48 // pixels that count as being at the end
const NEAR_TOP = 1200 // pixels from where more are asked for

function topsOf(keys, heights, estimate) {
  const tops = new Float64Array(keys.length + 1)
  keys.forEach((key, i) => {
    tops[i + 1] = tops[i] + (heights.get(key) ?? estimate)
  })
  return tops
}

// The first entry that ends below y.
function indexAt(tops, y) {
  let low = 0
  let high = Math.max(0, tops.length - 2)
  while (low < high) {
    const middle = (low + high) >> 1
    if (tops[middle + 1] <= y)
      low = middle + 1
    else
      high = middle
  }
  return low
}

class Measure {
  constructor(stick) {
    this.heights = new Map()
    this.tops = new Float64Array(1)
    this.keys = []
    this.shift = 0 // pixels the scroll position has yet to be moved
    this.stick = stick // at the end, and to stay there
  }

  // The first and the last entry that are to exist.
  range(at, viewport) {
    return [indexAt(this.tops, at - OVERSCAN), Math.min(this.keys.length - 1,
      indexAt(this.tops, at + viewport + OVERSCAN))]
  }

  lay(keys, estimate, scrollTop) {
    const first = indexAt(this.tops, scrollTop)
    const anchor = this.keys[first]
    const offset = scrollTop - this.tops[first]
    this.keys = keys
    this.tops = topsOf(keys, this.heights, estimate)
    const at = keys.indexOf(anchor)
    this.shift = at < 0 ? 0 : this.tops[at] + offset - scrollTop
  }
}

export function Windowed({ entries, keyOf, estimate, render, onNearTop, onEnd,
  api, fromTop = false, ...rest }) {
  const scroller = useRef()
  const measure = useRef()
  const [, again] = useReducer((n) => n + 1, 0)
  measure.current ??= new Measure(!fromTop)
  const m = measure.current

  const keys = useMemo(() => entries.map(keyOf), [entries])
  const box = scroller.current
  const scrollTop = box?.scrollTop ?? 0
  const viewport = box?.clientHeight || 800
  m.lay(keys, estimate, scrollTop)
  const total = m.tops[keys.length]
  const at = m.stick ? Math.max(0, total - viewport) : scrollTop + m.shift
  const [first, last] = m.range(at, viewport)
  m.shown = `${first} ${last}`

  const observer = useMemo(() => new ResizeObserver((changes) => {
    let changed = false
    for (const { target, borderBoxSize } of changes) {
      const height = borderBoxSize[0].blockSize
      if (height > 0 && m.heights.get(target.dataset.key) !== height) {
        m.heights.set(target.dataset.key, height)
        changed = true
      }
    }
    if (changed)
      again()
  }), [])
  const resized = useMemo(() => new ResizeObserver(again), [])

  useLayoutEffect(() => {
    const { current } = scroller
    if (m.stick)
      current.scrollTop = current.scrollHeight
    else if (Math.abs(m.shift) >= 0.5)
      current.scrollTop += m.shift
  })
  useEffect(() => {
    resized.observe(scroller.current)
    return () => {
      resized.disconnect()
      observer.disconnect()
    }
  }, [])

  const scrolled = () => {
    if (scroller.current === null)
      return
    const { scrollTop: top, scrollHeight, clientHeight } = scroller.current
    const stick = scrollHeight - top - clientHeight < AT_END
    if (stick !== m.stick) {
      m.stick = stick
      onEnd?.(stick)
    }
    if (top < NEAR_TOP)
      onNearTop?.()
    if (m.range(top, clientHeight).join(' ') !== m.shown)
      again()
  }
  useImperativeHandle(api, () => ({
    toEnd() {
      m.stick = true
      onEnd?.(true)
      again()
    },
  }), [])

  const rows = []
  for (let i = first; i <= last; i++)
    rows.push(
      <Row key={keys[i]} name={keys[i]} top={m.tops[i]} observer={observer}>
        {render(entries[i], i)}
      </Row>)
  return (
    <div ref={scroller} class="scroller" onScroll={scrolled} {...rest}>
      <div class="window" style={{ height: `${total}px` }}>{rows}</div>
    </div>
  )
}

function Row({ name, top, observer, children }) {
  const row = useRef()
  useLayoutEffect(() => {
    row.current.dataset.key = name
    observer.observe(row.current)
    return () => observer.unobserve(row.current)
  }, [name])
  return <div ref={row} class="row" style={{ top: `${top}px` }}>{children}</div>
}
