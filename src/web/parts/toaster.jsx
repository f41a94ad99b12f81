import { toasts } from '../state/toasts.js'

export function Toaster() {
  return (
    <div class="toaster" role="status" aria-live="polite">
      {toasts.value.map(({ id, text, kind }) =>
        <div key={id} class={kind === 'error' ? 'toast error' : 'toast'}>{text}</div>)}
    </div>
  )
}
