// What one tab tells the others: {what, id}. Not heard by the one who says it.

const channel = new BroadcastChannel('aichat')
const listeners = new Map()

channel.onmessage = ({ data }) => {
  listeners.get(data.what)?.forEach((listener) => listener(data.id))
}

export function tell(what, id) {
  channel.postMessage({ what, id })
}

export function listen(what, listener) {
  if (!listeners.has(what))
    listeners.set(what, new Set())
  listeners.get(what).add(listener)
  return () => listeners.get(what).delete(listener)
}

// Whoever comes back to a tab wants to see what happened meanwhile.
export function onReturn(listener) {
  const look = () => document.visibilityState === 'visible' && listener()
  document.addEventListener('visibilitychange', look)
  window.addEventListener('online', look)
  return () => {
    document.removeEventListener('visibilitychange', look)
    window.removeEventListener('online', look)
  }
}
