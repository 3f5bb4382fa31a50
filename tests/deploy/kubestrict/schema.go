package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

type object = map[string]any

// Parts of Kubernetes' API that the values of the chart contain.
var parts = []any{
	appsv1.RollingUpdateDaemonSet{}, corev1.Affinity{}, corev1.Container{}, corev1.EnvVar{}, corev1.LocalObjectReference{},
	corev1.PodDNSConfig{}, corev1.PodSecurityContext{}, corev1.ResourceRequirements{},
	corev1.SecurityContext{}, corev1.Toleration{}, corev1.Volume{}, corev1.VolumeMount{},
	monitoringv1.RelabelConfig{}, monitoringv1.SafeTLSConfig{},
	networkingv1.NetworkPolicyEgressRule{}, networkingv1.NetworkPolicyPeer{},
}

// Types that are written in another way than their fields say.
var scalars = map[reflect.Type]object{
	reflect.TypeOf(resource.Quantity{}):  {"type": []string{"string", "number"}},
	reflect.TypeOf(intstr.IntOrString{}): {"type": []string{"integer", "string"}},
	reflect.TypeOf(metav1.Time{}):        {"type": "string"},
	reflect.TypeOf(metav1.FieldsV1{}):    {"type": "object"},
	reflect.TypeOf([]byte{}):             {"type": "string"},
}

// The words of those types whose wrong words are common; the Go types do not list them.
var words = map[string][]string{
	"TolerationOperator":    {"Exists", "Equal"},
	"TaintEffect":           {"NoSchedule", "PreferNoSchedule", "NoExecute"},
	"NodeSelectorOperator":  {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"},
	"LabelSelectorOperator": {"In", "NotIn", "Exists", "DoesNotExist"},
	"SeccompProfileType":    {"RuntimeDefault", "Unconfined", "Localhost"},
	"Protocol":              {"TCP", "UDP", "SCTP"},
}

type schemas struct{ definitions object }

func (s *schemas) of(kind reflect.Type) object {
	if scalar, ok := scalars[kind]; ok {
		return scalar
	}
	if list, ok := words[kind.Name()]; ok {
		return object{"enum": list}
	}
	switch kind.Kind() {
	case reflect.Pointer:
		return s.of(kind.Elem())
	case reflect.Slice:
		return object{"type": "array", "items": s.of(kind.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(kind.Elem())}
	case reflect.Struct:
		return s.named(kind)
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint64:
		return object{"type": "integer"}
	}
	panic(fmt.Sprintf("no schema for %v", kind))
}

func (s *schemas) named(kind reflect.Type) object {
	name := "kubernetes." + kind.Name()
	if _, known := s.definitions[name]; !known {
		properties, required := object{}, []string{}
		s.definitions[name] = nil // a type that contains itself ends here
		s.fields(kind, properties, &required)
		definition := object{"type": "object", "additionalProperties": false, "properties": properties}
		if len(required) > 0 {
			definition["required"] = required
		}
		s.definitions[name] = definition
	}
	return object{"$ref": "#/definitions/" + name}
}

func (s *schemas) fields(kind reflect.Type, properties object, required *[]string) {
	for i := range kind.NumField() {
		field := kind.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" || !field.IsExported():
		case name == "" && field.Anonymous:
			s.fields(field.Type, properties, required)
		default:
			properties[name] = s.of(field.Type)
			if !strings.Contains(options, "omitempty") && field.Type.Kind() != reflect.Pointer &&
				field.Type.Kind() != reflect.Struct {
				*required = append(*required, name)
			}
		}
	}
}

// Writes the JSON Schema of `parts` and of all that they contain, closed objects throughout.
func writeSchemas() {
	all := schemas{object{}}
	for _, part := range parts {
		all.of(reflect.TypeOf(part))
	}
	if err := json.NewEncoder(os.Stdout).Encode(all.definitions); err != nil {
		panic(err)
	}
}
