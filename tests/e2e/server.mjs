// The program on a database of its own, as tests/api.sh prepared it: ended
// with us, whatever happens.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import crypto from 'node:crypto'
import fs from 'node:fs'
import net from 'node:net'
import path from 'node:path'

const { TEST_BINARY, TEST_DATABASE_ADMIN_URL, TEST_FOLDER } = process.env
const START_MS = 15000

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

export class Server {
  static async start(options = {}) {
    const server = new Server()
    server.folder = fs.mkdtempSync(path.join(TEST_FOLDER, 'page_'))
    fs.chmodSync(server.folder, 0o755)
    server.database = `page_${crypto.randomBytes(6).toString('hex')}`
    server.port = await freePort()
    server.base = `https://localhost:${server.port}`
    server.admin(`CREATE DATABASE ${server.database}`)
    const url = new URL(TEST_DATABASE_ADMIN_URL)
    url.pathname = server.database
    server.url = url.href
    server.environment = {
      PATH: '/usr/bin:/bin', BIND_ADDRESS: '127.0.0.1', WORKERS: '2',
      PORT: String(server.port), DATABASE_URL: server.url,
      JWT_SECRET_KEY: crypto.randomBytes(32).toString('hex'),
      TLS_CERT_FILE: path.join(TEST_FOLDER, 'ec/cert.pem'),
      TLS_KEY_FILE: path.join(TEST_FOLDER, 'ec/key.pem'),
      RUN_DIR: path.join(server.folder, 'run'), ...options,
    }
    server.command('migrate')
    await server.launch()
    return server
  }

  async launch() {
    const log = fs.openSync(path.join(this.folder, 'log'), 'a')
    this.child = spawn(TEST_BINARY, ['serve'], { cwd: this.folder,
      env: this.environment, stdio: ['ignore', log, log] })
    const end = Date.now() + START_MS
    while (!await this.answers()) {
      assert.ok(Date.now() < end && this.child.exitCode === null,
        `no server: ${fs.readFileSync(path.join(this.folder, 'log'))}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  answers() {
    return new Promise((resolve) => {
      const socket = net.connect(this.port, '127.0.0.1')
      socket.on('connect', () => resolve(true) || socket.destroy())
      socket.on('error', () => resolve(false))
    })
  }

  // What a command of the program prints.
  command(...words) {
    return execFileSync(TEST_BINARY, words, { env: this.environment,
      cwd: this.folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  }

  admin(statement) {
    execFileSync('psql', ['-qAt', '-v', 'ON_ERROR_STOP=1', '-c', statement,
      TEST_DATABASE_ADMIN_URL])
  }

  // What a statement answers, as text.
  sql(statement) {
    return execFileSync('psql', ['-qAt', '-v', 'ON_ERROR_STOP=1', '-c',
      statement, this.url], { encoding: 'utf8' }).trim()
  }

  // SIGKILL the workers, which the parent replaces at once.
  killWorkers() {
    const { pid } = this.child
    const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`,
      'utf8').trim().split(' ').map(Number)
    const workers = children.filter((child) =>
      fs.readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('[wrk'))
    assert.ok(workers.length > 0)
    workers.forEach((worker) => process.kill(worker, 'SIGKILL'))
  }

  async stop() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await ended
  }
}
