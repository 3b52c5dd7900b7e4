#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""panels.py URL DASHBOARD RECORDING: ask a Prometheus that holds the recording
everything that a Grafana dashboard asks, and the rules about one host.

One line for each query that is an error, or has no number, and how many there
were.  What Grafana fills in is: all hosts, and a rate interval of four frames.
"""
import json
import math
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

url, dashboard, recording = sys.argv[1:]
with open(recording, encoding='utf-8') as lines:
    times = [json.loads(line)['wall_ms'] / 1000 for line in lines]
start, end = times[0], times[-1]
step = (end - start) / (len(times) - 1)
with open(dashboard, encoding='utf-8') as doc:
    dash = json.load(doc)
asked = 0


def api(path, **args):
    try:
        with urllib.request.urlopen(f'{url}/api/v1/{path}?' +
                                    urllib.parse.urlencode(args)) as reply:
            return json.load(reply)['data']
    except urllib.error.HTTPError as error:
        return {'error': json.load(error)['error']}


def filled(query):
    query = re.sub(r'\$__(rate_)?interval\b', f'{math.ceil(4 * step)}s', query)
    query = re.sub(r'\$(job|host|node|cgroup)\b', '.*', query)
    if '$' in query:
        print(f'{query}: a variable that the dashboard has not')
    return query


def ask(what, query, instant):
    """Each side of an `or` by itself: the one must not answer for the other."""
    for side in re.split(r' or (?=\w+\()', filled(query)):
        ask_one(what, side, instant)


def ask_one(what, query, instant):
    global asked
    asked += 1
    if instant:
        data = api('query', query=query, time=end)
    else:
        data = api('query_range', query=query, start=start, end=end, step=step)
    if 'error' in data:
        print(f'{what}: {query}: {data["error"]}')
        return
    values = [v for r in data['result']
              for _, v in r.get('values', [r.get('value')])]
    if not any(math.isfinite(float(v)) for v in values):
        print(f'{what}: {query}: no number in {len(values)}')


for panel in dash['panels']:
    for target in panel.get('targets', []):
        ask(panel['title'], target['expr'], target.get('instant'))
for annotation in dash['annotations']['list']:
    ask('annotation ' + annotation['name'], annotation['expr'], False)
for var in dash['templating']['list']:
    if var['type'] == 'query':
        asked += 1
        series, label = re.fullmatch(r'label_values\((.*), (\w+)\)',
                                     var['definition']).groups()
        if not any(label in s for s in api('series', **{
                'match[]': filled(series), 'start': start, 'end': end})):
            print(f'variable {var["name"]}: no value')
for group in api('rules')['groups']:
    for rule in group['rules']:
        if rule['name'].startswith('instance'):
            ask(rule['name'], rule['query'], False)
print(f'{asked} queries')
