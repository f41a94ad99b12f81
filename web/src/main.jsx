import { render } from 'preact'

render(<h1>aichat</h1>, document.getElementById('app'))
