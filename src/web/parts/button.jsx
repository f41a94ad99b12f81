// Buttons: with words, or with a picture and words for those who cannot see
// it, which are also its tooltip.

import { Icon } from './icons.jsx'

export function Button({ kind = 'plain', icon, children, ...rest }) {
  return (
    <button type="button" class={`button ${kind}`} {...rest}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </button>
  )
}

export function IconButton({ icon, label, class: more = '', ...rest }) {
  return (
    <button type="button" class={`icon-button ${more}`} aria-label={label}
      title={label} {...rest}>
      <Icon name={icon} />
    </button>
  )
}
