// What scanners are given to attack, of the OpenAPI document: a log of one
// request of each operation, as Burp writes it (for sqlmap), and the addresses
// that can be asked with GET (for wapiti).
//
//	targets.mjs URL TOKEN requests|addresses
import { readFileSync } from 'node:fs';

const [url, token, form] = process.argv.slice(2);
const api = JSON.parse(readFileSync('assets/openapi.json'));

// These end the session that all others need.
const skipped = ['POST /auth/logout', 'DELETE /auth/me'];

const resolve = schema => schema?.$ref
    ? schema.$ref.slice(2).split('/').reduce((at, name) => at[name], api)
    : schema;

function plausible(name, schema) {
    const type = resolve(schema)?.type;
    if (name === 'model') return 'gpt';
    if (name === 'conversation_number' || type === 'integer') return 1;
    if (type === 'boolean') return false;
    if (type === 'array') return [{ role: 'user', content: 'Hello' }];
    if (type === 'object') return { name: 'text' };
    return 'words';
}

function bodyOf(operation) {
    const schema = resolve(
        operation.requestBody?.content?.['application/json']?.schema);
    if (!schema) return '';
    return JSON.stringify(Object.fromEntries(
        Object.entries(schema.properties ?? {})
            .map(([name, s]) => [name, plausible(name, s)])));
}

function target(path, operation, id) {
    const query = (operation.parameters ?? [])
        .filter(p => p.in === 'query')
        .map(p => `${p.name}=${plausible(p.name, p.schema)}`).join('&');
    return path.replace(/\{[^}]*\}/g, id) + (query ? `?${query}` : '');
}

const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
        .filter(([, operation]) => operation.responses)
        .map(([method, operation]) =>
            ({ method: method.toUpperCase(), path, operation })))
    .filter(o => !skipped.includes(`${o.method} ${o.path}`));

const line = '='.repeat(54);
for (const { method, path, operation } of operations) {
    if (form === 'addresses') {
        if (method === 'GET') console.log(url + target(path, operation, '1'));
        continue;
    }
    // A star is where sqlmap puts what it tries.
    const to = target(path, operation, '1*');
    if (!to.includes('*') && !to.includes('?') && !bodyOf(operation)) continue;
    console.log(`${line}\n12:00:00  ${url}\n${line}\n${method} ${to} HTTP/1.1\n` +
        `Host: ${new URL(url).host}\nAuthorization: Bearer ${token}\n` +
        `Content-Type: application/json\n\n${bodyOf(operation)}\n${line}\n`);
}
