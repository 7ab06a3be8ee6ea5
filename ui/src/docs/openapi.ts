// Reads what the page needs out of an OpenAPI 3.1 document.

export type Schema = {
  $ref?: string
  type?: string | string[]
  format?: string
  description?: string
  enum?: string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: boolean | Schema
  maxLength?: number
}

export type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema }

type Body = { content?: Record<string, { schema?: Schema }> }

type Operation = {
  operationId: string
  summary?: string
  parameters?: Parameter[]
  requestBody?: Body
  responses: Record<string, Body & { description?: string }>
}

export type Document = {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

export type Field = { name: string; depth: number; type: string; required: boolean; text: string }

export type Call = {
  id: string
  method: string
  path: string
  summary: string
  parameters: Parameter[]
  request: Field[]
  answer: Field[]
  answerType: string
  curl: string
}

/** All operations of the document, grouped by the first part of their path under /v1. */
export function callsOf(doc: Document): { name: string; calls: Call[] }[] {
  const groups = new Map<string, Call[]>()
  for (const [path, methods] of Object.entries(doc.paths)) {
    const name = path.split('/')[2] ?? path
    for (const [method, op] of Object.entries(methods)) {
      groups.set(name, [...(groups.get(name) ?? []), callOf(doc, method.toUpperCase(), path, op)])
    }
  }
  return [...groups].map(([name, calls]) => ({ name, calls })).sort((a, b) => a.name.localeCompare(b.name))
}

function callOf(doc: Document, method: string, path: string, op: Operation): Call {
  const request = bodySchema(op.requestBody)
  const good = Object.entries(op.responses).find(([code]) => code.startsWith('2'))?.[1]
  const answer = bodySchema(good)
  return {
    id: op.operationId,
    method,
    path,
    summary: op.summary ?? '',
    parameters: op.parameters ?? [],
    request: fieldsOf(doc, request),
    answer: fieldsOf(doc, answer),
    answerType: Object.keys(good?.content ?? {}).join(', '),
    curl: curlOf(doc, method, path, request),
  }
}

function bodySchema(body?: Body): Schema | undefined {
  return Object.values(body?.content ?? {})[0]?.schema
}

function resolve(doc: Document, schema?: Schema): Schema | undefined {
  const name = schema?.$ref?.split('/').pop()
  return name ? doc.components?.schemas?.[name] : schema
}

const deepest = 3

/** The fields of an object, those of inner objects behind them, one level deeper. */
export function fieldsOf(doc: Document, schema?: Schema, depth = 0): Field[] {
  const object = resolve(doc, schema)
  if (!object || depth > deepest) return []
  if (object.items) return fieldsOf(doc, object.items, depth)
  return Object.entries(object.properties ?? {}).flatMap(([name, inner]) => {
    const own = resolve(doc, inner) ?? inner
    const field = { name, depth, type: typeOf(doc, inner), required: object.required?.includes(name) ?? false, text: textOf(inner, own) }
    return [field, ...fieldsOf(doc, inner, depth + 1)]
  })
}

function typeOf(doc: Document, schema: Schema): string {
  const own = resolve(doc, schema) ?? schema
  if (own.items) return `${typeOf(doc, own.items)}[]`
  const type = Array.isArray(own.type) ? own.type.join(' | ') : (own.type ?? 'any')
  return own.format ? `${type} (${own.format})` : type
}

function textOf(outer: Schema, own: Schema): string {
  const parts = [outer.description ?? own.description ?? '']
  if (own.enum) parts.push(own.enum.map((v) => `“${v}”`).join(' · '))
  if (own.maxLength) parts.push(`≤ ${own.maxLength}`)
  return parts.filter(Boolean).join(' — ')
}

function curlOf(doc: Document, method: string, path: string, request?: Schema): string {
  const lines = [`curl -X ${method} "$GUITAI_URL${path}"`, `  -H "Authorization: Bearer $GUITAI_KEY"`]
  const body = exampleOf(doc, request)
  if (request) lines.push(`  -H "Content-Type: application/json"`, `  -d '${JSON.stringify(body)}'`)
  return lines.join(' \\\n')
}

/** An example with the required fields of a schema. */
function exampleOf(doc: Document, schema?: Schema, depth = 0): unknown {
  const own = resolve(doc, schema)
  if (!own || depth > deepest) return {}
  if (own.properties) {
    const names = Object.keys(own.properties).filter((n) => own.required?.includes(n) && n !== '$schema')
    return Object.fromEntries(names.map((n) => [n, exampleOf(doc, own.properties![n], depth + 1)]))
  }
  const given = (own as { examples?: unknown[] }).examples?.[0]
  if (given !== undefined) return given
  if (own.enum) return own.enum[0]
  return own.type === 'integer' || own.type === 'number' ? 1 : own.type === 'boolean' ? false : 'text'
}
